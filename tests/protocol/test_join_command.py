"""``heyue join``: an operator registers a bank from the file that it hands over."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.banks.models import Bank, BankKey
from heyue.faces.cli.main import main
from protocol.gateway_peer import onboarding

pytestmark = pytest.mark.django_db


@pytest.fixture
def facts(settings: Any, tmp_path: Path) -> Path:
    """What a bank hands over, and a platform that has its key."""
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(onboarding("xiling", Ed25519PrivateKey.generate())), encoding="utf-8")
    return file


def test_the_bank_is_registered_and_told_the_platforms_keys(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["join", str(facts)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["bank"], list(told["platform_keys"])) == ("xiling", ["platform-1"])
    assert Bank.objects.get(slug="xiling").base_url == "http://xiling.example"


def test_a_new_key_stands_beside_the_old_one(facts: Path) -> None:
    main(["join", str(facts)])
    new = onboarding("xiling", Ed25519PrivateKey.generate(), keyid="xiling-2")
    facts.write_text(json.dumps(new), encoding="utf-8")
    assert main(["join", str(facts)]) == 0
    assert {key.keyid for key in BankKey.objects.filter(retired_at=None)} == {"xiling-1", "xiling-2"}


def test_another_bank_under_the_same_slug_takes_nothing_over(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["join", str(facts)])
    other = onboarding("xiling", Ed25519PrivateKey.generate(), keyid="other-1") | {"name": "别的银行"}
    facts.write_text(json.dumps(other), encoding="utf-8")
    assert main(["join", str(facts)]) == 1
    assert json.loads(capsys.readouterr().err)["type"] == "urn:heyue:problem:slug-of-another-bank"
    assert (Bank.objects.get().name, [key.keyid for key in BankKey.objects.all()]) == ("xiling银行", ["xiling-1"])
    assert main(["join", str(facts), "--rename"]) == 0
    assert Bank.objects.get().name == "别的银行"


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("{", 2, "bad-input"),
        ("[]", 2, "bad-input"),
        ('{"slug": "a", "slug": "b"}', 2, "bad-input"),
        ('{"slug": "xiling"}', 1, "onboarding-incomplete"),
    ],
)
def test_facts_that_are_none_are_refused(
    facts: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, kind: str
) -> None:
    facts.write_text(text, encoding="utf-8")
    assert main(["join", str(facts)]) == code
    assert json.loads(capsys.readouterr().err)["type"] == f"urn:heyue:problem:{kind}"
    assert not Bank.objects.exists()


def test_without_a_demo_there_is_none_to_join(facts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEYUE_VAR", str(facts.parent))
    assert main(["join", str(facts), "--demo"]) == 2
    assert not Bank.objects.exists()
