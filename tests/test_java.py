from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from corpusmill import java


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it: no JAVA_HOME, an empty PATH, one empty usual place."""
    (tmp_path / "bin").mkdir()
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(java, "USUAL_PLACES", (f"{tmp_path}/jvm/*",))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def fake_java(home: Path, version: str) -> Path:
    script(home / "bin" / "java", f"echo 'openjdk version \"{version}\" 2024-01-16' >&2")
    return home


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('java version "1.8.0_402"\nJava(TM) SE Runtime Environment', 8),
        ('openjdk version "17.0.1" 2021-10-19', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('openjdk version "22-ea" 2024-03-19', 22),
        ('Picked up _JAVA_OPTIONS: -Xmx1g\nopenjdk version "11.0.2"', 11),
        ("No Java runtime present, requesting install.", 0),
    ],
)
def test_the_version_is_read_in_every_style(said: str, version: int) -> None:
    assert java.parse_version(said) == version


def test_java_home_comes_before_the_path(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_java(machine / "mine", "17.0.1")
    fake_java(machine, "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(home))

    assert java.find_java() == home


def test_a_java_home_that_is_too_old_is_passed_over_with_a_word(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = fake_java(machine / "old", "1.8.0_402")
    fake_java(machine, "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(old))

    found = java.find_java()

    assert found == machine
    assert f"JAVA_HOME is {old}: Java 8, 17 or newer is needed" in capsys.readouterr().err


def test_a_link_on_the_path_leads_to_the_home_behind_it(machine: Path) -> None:
    home = fake_java(machine / "elsewhere", "17.0.1")
    (machine / "bin" / "java").symlink_to(home / "bin" / "java")

    assert java.find_java() == home


def test_a_shim_is_asked_where_java_really_is(machine: Path) -> None:
    home = fake_java(machine / "real", "17.0.1")
    script(
        machine / "bin" / "java",
        f"echo '    java.home = {home}' >&2",
        "echo 'openjdk version \"17.0.1\"' >&2",
    )

    assert java.find_java() == home


def test_a_broken_java_on_the_path_does_not_hide_one_in_a_usual_place(machine: Path) -> None:
    script(machine / "bin" / "java", "exit 1")
    home = fake_java(machine / "jvm" / "java-17", "17.0.1")

    assert java.find_java() == home


def test_of_the_usual_places_the_java_nearest_to_the_minimum_is_taken(machine: Path) -> None:
    for version in ("8", "25", "17", "21"):
        fake_java(machine / "jvm" / f"temurin-{version}-jdk", f"{version}.0.1")

    assert java.find_java() == machine / "jvm" / "temurin-17-jdk"
    assert java.find_java(minimum=22) == machine / "jvm" / "temurin-25-jdk"
    assert java.find_java(minimum=26) is None


def test_usual_places_below_a_home_that_is_not_set_are_left_out(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "USUAL_PLACES", ("~/candidates/*",))
    home = fake_java(machine / "candidates" / "17.0.1-tem", "17.0.1")

    monkeypatch.setenv("HOME", str(machine))
    with_home = java.find_java()
    monkeypatch.setenv("HOME", "")
    without = java.find_java()

    assert (with_home, without) == (home, None)


def test_root_on_debian_gets_the_first_package_that_installs(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    made = fake_java(machine / "made", "21.0.2")
    (machine / "jvm").mkdir()
    apt_get(machine, f'case "$*" in *openjdk-21*) /bin/mv {made} {machine}/jvm/java-21;; esac')

    found = java.ensure_java()

    assert found == machine / "jvm" / "java-21"
    assert (machine / "log").read_text().splitlines() == [
        "-q update",
        "-q install -y --no-install-recommends openjdk-17-jre-headless",
        "-q install -y --no-install-recommends openjdk-21-jre-headless",
    ]


def test_a_user_whose_sudo_asks_for_a_password_is_told_the_command(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apt_get(machine)
    script(machine / "bin" / "sudo", "exit 1")

    code = java.main(["--install"])

    assert code == 2
    assert not (machine / "log").exists()
    assert "sudo sh -c 'apt-get update && { apt-get install -y" in capsys.readouterr().err


def test_a_user_with_passwordless_sudo_installs_through_it(machine: Path) -> None:
    home = fake_java(machine / "made", "17.0.1")
    (machine / "jvm").mkdir()
    apt_get(machine, f'case "$*" in *openjdk-17*) /bin/mv {home} {machine}/jvm/java-17;; esac')
    script(machine / "bin" / "sudo", f'echo "sudo $1" >> {machine}/log', "shift", 'exec "$@"')
    script(machine / "bin" / "true", "exit 0")

    found = java.ensure_java()

    assert found == machine / "jvm" / "java-17"
    assert "sudo -n" in (machine / "log").read_text()


def test_homebrew_is_used_where_there_is_no_apt(machine: Path) -> None:
    home = fake_java(machine / "made", "17.0.1")
    (machine / "jvm").mkdir()
    script(
        machine / "bin" / "brew",
        f'[ "$*" = "install openjdk@17" ] && /bin/mv {home} {machine}/jvm/',
    )

    assert java.ensure_java() == machine / "jvm" / "made"


def test_without_install_nothing_is_installed(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    apt_get(machine)

    code = java.main([])

    assert code == 2
    assert not (machine / "log").exists()
    assert "no Java 17 or newer found" in capsys.readouterr().err


def test_an_unknown_platform_gets_a_command_too(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Plan9")

    with pytest.raises(java.JavaMissing, match="export JAVA_HOME"):
        java.ensure_java()


def test_it_runs_from_a_bare_python_and_says_one_line(machine: Path) -> None:
    fake_java(machine, "17.0.1")
    command = [sys.executable, "-I", "-S", str(java.__file__), "--install"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Java: {machine}\n")


def apt_get(machine: Path, *lines: str) -> None:
    script(machine / "bin" / "apt-get", f'echo "$*" >> {machine}/log', *lines)
    (machine / "bin" / "env").symlink_to("/usr/bin/env")
