"""Pages that are drawn from the code say what the code says."""

from __future__ import annotations

from pathlib import Path

from heyue.journey import drawn

DOCS = Path(__file__).parents[2] / "docs"


def test_the_journey_page_is_drawn_from_the_tables() -> None:
    assert (DOCS / "journey.md").read_text(encoding="utf-8") == drawn.page()
