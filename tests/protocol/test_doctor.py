"""``heyue doctor`` says what a deployment lacks; ``heyue bank`` is the sandbox bank's own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A deployment of its own on SQLite, in demo mode, with nothing done yet."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONUTF8": "1",
        "DJANGO_SETTINGS_MODULE": "heyue.settings",
        "HEYUE_MODE": "demo",
        "HEYUE_VAR": str(tmp_path),
        "HEYUE_SECRET_KEY": "x" * 50,
        "HEYUE_KEK": b64encode(bytes(32)).decode(),
        "HEYUE_SIGNING_KEY": "heyue-1=" + b64encode(bytes(range(32))).decode(),
    }


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module's command in that environment."""
    return subprocess.run(
        [sys.executable, "-m", *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_doctor_names_what_is_not_done_and_is_content_when_it_is(environment: dict[str, str]) -> None:
    before = run(environment, "heyue.faces.cli", "doctor")
    assert before.returncode == 1, before.stderr
    assert "✗ 数据库和迁移：还有" in before.stdout
    assert "✗ 页面文件：页面文件还没收集" in before.stdout
    run(environment, "django", "migrate", "--verbosity", "0")
    run(environment, "django", "collectstatic", "--no-input", "--verbosity", "0")
    after = run(environment, "heyue.faces.cli", "doctor")
    assert (after.returncode, "✗" in after.stdout) == (0, False), after.stdout + after.stderr


def test_the_doctor_tells_a_key_that_is_too_short(environment: dict[str, str]) -> None:
    told = run({**environment, "HEYUE_KEK": b64encode(bytes(16)).decode()}, "heyue.faces.cli", "doctor")
    assert "✗ 加密主密钥：HEYUE_KEK 要是 32 个随机字节" in told.stdout


def test_heyue_bank_is_the_sandbox_bank(environment: dict[str, str], tmp_path: Path) -> None:
    words = ["--db", str(tmp_path / "bank.sqlite"), "--profile", "donghu", "--today", "2026-11-16", "--json"]
    opened = run(environment, "heyue.faces.cli", "bank", "init", *words)
    assert opened.returncode == 0, opened.stderr
    assert json.loads(opened.stdout)["slug"] == "donghu"
