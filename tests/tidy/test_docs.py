"""Pages that are drawn from the code say what the code says."""

from __future__ import annotations

from pathlib import Path

from heyue.journey import drawn
from heyue.policy import drawn as rules

DOCS = Path(__file__).parents[2] / "docs"


def test_the_journey_page_is_drawn_from_the_tables() -> None:
    assert (DOCS / "journey.md").read_text(encoding="utf-8") == drawn.page()


def test_the_page_of_rules_is_drawn_from_the_rules() -> None:
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == rules.page()
