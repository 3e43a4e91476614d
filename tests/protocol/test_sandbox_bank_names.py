"""One profile makes many banks: each has its own name, key and customers' cards."""

from datetime import date
from pathlib import Path

import pytest

from sandbox_bank import database, onboarding

TODAY = date(2026, 11, 16)


def test_a_bank_of_another_name_has_the_habits_of_its_profile(tmp_path: Path) -> None:
    east = onboarding.open_bank(tmp_path / "a.db", "donghu", TODAY)
    other = onboarding.open_bank(tmp_path / "b.db", "donghu", TODAY, slug="east-2")
    assert (east["slug"], other["slug"]) == ("donghu", "east-2")
    assert other["policy"] == east["policy"]
    assert other["keyid"].startswith("east-2-")
    assert other["bank_id"] != east["bank_id"]
    with database.opened(tmp_path / "b.db") as connection:
        profile = onboarding.profile_of(connection)
        (token,) = connection.execute("SELECT token FROM cards ORDER BY token LIMIT 1").fetchone()
    assert (profile.slug, profile.officer) == ("east-2", {"name": "陈立", "staff_number": "D-1042"})
    assert token.startswith("east-2-")


def test_a_file_belongs_to_one_name(tmp_path: Path) -> None:
    onboarding.open_bank(tmp_path / "b.db", "donghu", TODAY, slug="east-2")
    with pytest.raises(ValueError, match="belongs to east-2"):
        onboarding.open_bank(tmp_path / "b.db", "donghu", TODAY)
