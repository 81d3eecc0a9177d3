"""Finds a Java for Spark, or installs one: ``python -I lib/corpusmill/java.py [--install]``.

Standard library only, and nothing of ours: it runs before anything is installed. Exit 0 with the
Java home on stderr, or 2 with the one command to type. (``-I`` keeps the modules beside this file
from hiding standard ones.)
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MINIMUM = 17
USUAL_PLACES = (
    "/usr/lib/jvm/*",
    "/usr/lib64/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
    "/home/linuxbrew/.linuxbrew/opt/openjdk*",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
    "~/.asdf/installs/java/*",
)
APT_PACKAGES = ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless")
ADVICE = {
    "brew": "brew install openjdk@17",
    "dnf": "sudo dnf install -y java-21-openjdk-headless",
    "zypper": "sudo zypper install -y java-21-openjdk-headless",
    "pacman": "sudo pacman -S --noconfirm jre21-openjdk-headless",
    "apk": "sudo apk add openjdk17-jre-headless",
}


class JavaMissing(Exception):
    """No Java that is new enough, and none could be installed. The message says what to type."""


def find_java(minimum: int = MINIMUM) -> Path | None:
    """The home of a Java of at least ``minimum``: from JAVA_HOME, PATH, then the usual places."""
    named = os.environ.get("JAVA_HOME")
    if named:
        home, version = ask(Path(named) / "bin" / "java")
        if home and version >= minimum:
            return home
        found = f"Java {version}" if version else "no Java that runs"
        _say(f"JAVA_HOME is {named}: {found}, {minimum} or newer is needed; looking elsewhere")
    for executable in (*_on_path(), *_in_usual_places()):
        home, version = ask(executable)
        if home and version >= minimum:
            return home
    return None


def ensure_java(minimum: int = MINIMUM) -> Path:
    """The home of a Java, installed first where there is none; raises ``JavaMissing``."""
    home = find_java(minimum)
    if home:
        return home
    for command in _install_commands():
        _say(f"no Java {minimum} or newer found; running: {shlex.join(command)}")
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        home = find_java(minimum)
        if home:
            return home
    raise JavaMissing(_advice(minimum))


def ask(executable: Path) -> tuple[Path | None, int]:
    """Home and major version of the Java behind an executable; ``(None, 0)`` if it is none."""
    if not os.access(executable, os.X_OK):
        return None, 0
    command = [str(executable), "-XshowSettings:properties", "-version"]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None, 0
    said = (answer.stderr + answer.stdout).decode(errors="replace")
    return _home(said, executable), parse_version(said)


def parse_version(said: str) -> int:
    """Major version in the answer to ``java -version``: 8 for 1.8.0_402, 17 for 17.0.1; else 0."""
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(version.group(1)) if version else 0


def main(arguments: list[str] | None = None) -> int:
    """Command line: finds a Java, with ``--install`` installs one. 0 or 2."""
    options = sys.argv[1:] if arguments is None else arguments
    if set(options) - {"--install"}:
        _say("usage: python -I lib/corpusmill/java.py [--install]")
        return 2
    try:
        home = ensure_java() if options else find_java()
    except JavaMissing as missing:
        _say(str(missing))
        return 2
    _say(f"Java: {home}" if home else _advice(MINIMUM))
    return 0 if home else 2


def _home(said: str, executable: Path) -> Path | None:
    """What Java itself says its home is: right behind a stub or a shim too."""
    told = re.search(r"^\s*java\.home = (.+?)\s*$", said, re.MULTILINE)
    home = Path(told.group(1)) if told else executable.resolve().parent.parent
    return home if os.access(home / "bin" / "java", os.X_OK) else None


def _on_path() -> Iterator[Path]:
    for folder in os.get_exec_path():
        if folder:
            yield Path(folder) / "java"


def _in_usual_places() -> list[Path]:
    """Nearest to the minimum first, by the number in the folder's name, then by path."""
    own = os.environ.get("HOME")
    patterns = [
        place.replace("~", own or "", 1) for place in USUAL_PLACES if own or place[0] != "~"
    ]
    homes = {home for place in patterns for home in Path("/").glob(place.lstrip("/"))}
    return [home / "bin" / "java" for home in sorted(homes, key=_nearness)]


def _nearness(home: Path) -> tuple[int, str]:
    number = re.search(r"\d+", home.as_posix().removesuffix("/Contents/Home").rsplit("/", 1)[-1])
    return int(number.group()) if number else sys.maxsize, home.as_posix()


def _install_commands() -> Iterator[list[str]]:
    """Commands to try one after the other, none of which asks for a password."""
    if shutil.which("apt-get"):
        root = _root_prefix()
        if root is not None:
            apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
            yield [*apt, "update"]
            for package in APT_PACKAGES:
                yield [*apt, "install", "-y", "--no-install-recommends", package]
    if shutil.which("brew"):
        yield shlex.split(ADVICE["brew"])


def _root_prefix() -> list[str] | None:
    """What to put before a command to run it as root without a password; None if nothing does."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    allowed = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if allowed.returncode == 0 else None


def _advice(minimum: int) -> str:
    return f"no Java {minimum} or newer found. Install one, then try again:\n    {_command()}"


def _command() -> str:
    if shutil.which("apt-get"):
        install = "apt-get install -y --no-install-recommends"
        either = " || ".join(f"{install} {package}" for package in APT_PACKAGES[:2])
        return f"sudo sh -c 'apt-get update && {{ {either}; }}'"
    for tool, command in ADVICE.items():
        if shutil.which(tool):
            return command
    if platform.system() == "Darwin":
        return "brew install openjdk@17    (Homebrew itself: https://brew.sh)"
    return (
        "export JAVA_HOME=/path/to/a/java    (a JRE or JDK of this version: https://adoptium.net)"
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
