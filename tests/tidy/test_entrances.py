"""The scripts in bin/: what they say when the machine lacks something, and that their answer stays clean."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRANCES = ("demo", "heyue", "test")
# What set-up may take from the system besides Python.
TOOLS = (
    *("bash", "cat", "chmod", "cut", "dirname", "env", "flock", "grep", "id"),
    *("mkdir", "mv", "readlink", "rm", "sha256sum"),
)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A clone in a path with a space, on a machine whose path holds the basic tools and no Python."""
    clone = tmp_path / "a clone"
    shutil.copytree(ROOT / "bin", clone / "bin")
    for lock in ("requirements.lock", "requirements-bootstrap.lock"):
        shutil.copy(ROOT / lock, clone / lock)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is missing here"
        (tools / tool).symlink_to(found)
    return clone


def run(clone: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an entrance of that clone with only its tools on the path, from another folder."""
    return subprocess.run(
        [str(clone / "bin" / name), *arguments],
        cwd="/",
        env={"PATH": str(clone.parent / "tools"), "HOME": str(clone.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def put_python(clone: Path, *, version: tuple[int, int], has_venv: bool) -> None:
    """Put a stand-in for python3 on that path: it answers what set-up asks, and cannot make a venv."""
    python = clone.parent / "tools" / "python3"
    python.write_text(
        '#!/bin/sh\ncase "$2" in\n'
        f'*version_info\\ \\<*) [ {version[1]} -ge 11 ] && echo "$0" ;;\n'
        f"*ensurepip*) exit {0 if has_venv else 1} ;;\n"
        f"*-venv*) echo python{version[0]}.{version[1]}-venv ;;\n"
        "*) exit 1 ;;\nesac\n"
    )
    python.chmod(0o755)


@pytest.mark.parametrize("name", ENTRANCES)
def test_entrance_can_be_run(name: str) -> None:
    path = ROOT / "bin" / name
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_ci_runs_bin_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec bin/test"]


@pytest.mark.parametrize("name", ["demo", "heyue"])
def test_missing_python_is_told_with_the_line_to_type(bare: Path, name: str) -> None:
    ran = run(bare, name)
    assert ran.returncode == 1
    assert "Python 3.11 or newer is missing" in ran.stderr
    assert "apt-get install -y python3 python3-venv" in ran.stderr
    assert ran.stdout == ""


def test_old_python_is_as_good_as_none(bare: Path) -> None:
    put_python(bare, version=(3, 9), has_venv=True)
    ran = run(bare, "heyue")
    assert ran.returncode == 1
    assert "Python 3.11 or newer is missing" in ran.stderr


def test_missing_venv_is_told_with_the_line_to_type(bare: Path) -> None:
    put_python(bare, version=(3, 12), has_venv=False)
    ran = run(bare, "heyue", "schedule")
    assert ran.returncode == 1
    assert "venv module is missing" in ran.stderr
    assert "apt-get install -y python3.12-venv" in ran.stderr
    assert ran.stdout == ""


def test_failed_set_up_leaves_no_stamp(bare: Path) -> None:
    put_python(bare, version=(3, 12), has_venv=True)
    ran = run(bare, "heyue")
    assert ran.returncode == 1
    assert "Could not make .venv" in ran.stderr
    assert not (bare / ".venv" / ".set-up").exists()
