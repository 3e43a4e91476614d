"""The reference and the machine form in docs/protocol are drawn from the code, and say what it says."""

from __future__ import annotations

from pathlib import Path

from heyue.faces.bank import drawn
from heyue.gateway import events
from heyue.gateway.problems import TITLES

DOCS = Path(__file__).parents[2] / "docs" / "protocol"


def test_the_reference_is_drawn_from_the_code() -> None:
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == drawn.page()


def test_the_machine_form_is_the_one_that_is_served() -> None:
    assert (DOCS / "openapi.json").read_text(encoding="utf-8") == drawn.document()


def test_it_tells_every_event_problem_and_client() -> None:
    page = drawn.page()
    for name in (*events.FROM_BANK, *events.FROM_PLATFORM, *TITLES, "PlatformClient", "BankClient", "BankServer"):
        assert f"`{name}`" in page or f".{name}(" in page, name
