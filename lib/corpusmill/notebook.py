"""The tables of a run for somebody who looks at them in a notebook."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from corpusmill.invocation import parse
from corpusmill.mill import Mill
from corpusmill.session import open_session
from corpusmill.warehouse import is_catalog_name


def open_mill(warehouse: str, *options: str) -> Mill:
    """The tables in ``warehouse``, a folder or ``catalog.schema``; nothing is read or checked yet.

    ``options`` are those that the run had (``"--conf", "embedded"``), where its recipe matters.
    Without ``--output``, models and shards are looked for where ``make run`` puts them: in the
    folder ``output`` beside the tables. Raises ``Refused`` for options that no run would take.
    """
    given = ["--warehouse", warehouse, *options]
    is_folder = not is_catalog_name(warehouse) and "://" not in warehouse
    if is_folder and "--output" not in options:
        given += ["--output", str(Path(warehouse).expanduser().absolute().parent / "output")]
    settings = parse("notebook", given).settings
    output = Path(settings.runtime.output).expanduser().absolute()
    return Mill(
        recipe=settings.recipe,
        runtime=settings.runtime,
        open_spark=partial(open_session, settings.runtime, output, verbose=False),
        job="notebook",
    )
