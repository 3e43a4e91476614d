"""One engine version, the same bytes: a bank that recomputes with it gets what the platform got."""

import json
from typing import Any

import pytest

from heyue.engine.version import ENGINE_VERSION
from tests.engine.golden_requests import FOLDER, MADE, answered, digests, file_of, written_out

GOLDEN: dict[str, Any] = json.loads(file_of(ENGINE_VERSION).read_text(encoding="utf-8"))


def test_every_made_request_gives_the_bytes_of_this_version() -> None:
    changed = [name for name, digest in digests().items() if GOLDEN["sha256"][name] != digest]
    assert changed == [], "an answer changed: mend it, or make a new ENGINE_VERSION and write its golden file"
    assert len(GOLDEN["sha256"]) == sum(MADE.values())


@pytest.mark.parametrize(("name", "command", "given"), list(written_out()), ids=lambda value: str(value)[:20])
def test_the_published_examples_are_kept_whole(name: str, command: str, given: Any) -> None:
    assert GOLDEN["answers"][name] == {"given": given, "answer": answered(command, given)}


def test_the_golden_file_of_every_older_version_is_kept() -> None:
    kept = {path.stem.removeprefix("engine-") for path in FOLDER.glob("engine-*.json")}
    assert kept == {str(number) for number in range(1, int(ENGINE_VERSION) + 1)}
