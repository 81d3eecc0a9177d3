"""Delta's jars where Spark has put them, so that a session on this machine is given their paths.

Asked for packages by name, Spark starts Ivy at every start, and hands itself copies of thirty jars
of which it has all but these in its own: three seconds of each command.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

# What delta-spark 4.4.0 for Spark 4.2 brings, as Ivy names it, but for what PySpark itself has.
DELTA_JARS = (
    "io.delta_delta-spark_4.2_2.13-4.4.0.jar",
    "io.delta_delta-storage-4.4.0.jar",
    "io.delta_delta-kernel-api-4.4.0.jar",
    "io.delta_delta-kernel-defaults-4.4.0.jar",
    "io.delta_delta-kernel-unitycatalog-4.4.0.jar",
    "io.unitycatalog_unitycatalog-client-0.6.0.jar",
    "io.unitycatalog_unitycatalog-hadoop-0.6.0.jar",
)


def jars_at_hand(folder: Path | None = None) -> list[Path] | None:
    """The jars, all of them whole, or None: then Spark has to fetch them.

    They lie in ``folder``, by default the one where Spark puts packages that it was asked for.
    """
    folder = _home() / ".ivy2.5.2" / "jars" if folder is None else folder
    jars = [folder / name for name in DELTA_JARS]
    return jars if all(zipfile.is_zipfile(jar) for jar in jars) else None


def _home() -> Path:
    """The home that Java knows: the account's, whatever ``HOME`` says."""
    try:
        import pwd  # there is none on Windows

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):
        return Path.home()
