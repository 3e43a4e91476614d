"""The kit against the sandbox bank: as it is, it passes all; made wrong, it fails the right cases and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from heyue.gateway import signing
from heyue.gateway.conformance import sides
from heyue.gateway.conformance.at_bank import AtBank
from heyue.gateway.conformance.at_platform import take
from heyue.gateway.conformance.case import Outcome, judge
from heyue.gateway.conformance.door import Door
from heyue.gateway.conformance.listener import Listener
from protocol.sandbox_bank_peer import LIN, TODAY, BankProcess, Platform, machine_now
from sandbox_bank import wrongs

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
ALL = sides.of_bank()
POINTED = (
    "bank-bad-id-number bank-unknown-scope door-empty-object bank-application-under-another-key"
    " bank-form-with-another-digest bank-application-without-a-hash bank-amount-as-a-number bank-day-that-is-none"
    " bank-unknown-type bank-another-subject bank-another-id bank-sequence-nought bank-event-without-a-field"
    " bank-dispute-of-no-kind"
)
# What each wrong must be found by: these cases and no others.
FOUND_BY = {
    "takes-unsigned": "door-unsigned-post door-unsigned-get door-no-signature door-no-signature-input",
    "takes-expired": "door-expired door-just-expired",
    "takes-any-key": "door-unknown-key",
    "takes-replays": "door-replayed door-replayed-get",
    "takes-other-hosts": "door-sent-under-another-host",
    "ignores-digest": "door-tampered-body door-digest-of-another-kind door-digest-of-another-body",
    "ignores-scopes": "bank-scopes-are-kept",
    "ignores-withdrawal": "bank-withdrawn-link",
    "ignores-media-type": "door-other-media-type",
    "ignores-version": "door-another-version",
    "ignores-order": "bank-early-events-wait",
    "reuses-keys": "door-reused-with-another-body door-reused-elsewhere",
    "answers-anew": (
        "door-repeated door-twice-at-once door-refusal-repeated bank-application-twice bank-event-three-times"
    ),
    "refuses-unknown-fields": (
        "bank-unknown-fields-in-a-link bank-unknown-fields-in-an-application bank-unknown-fields-in-an-event"
    ),
    "names-no-field": POINTED,
    "pages-for-ever": (
        "bank-activity-page-by-page bank-after-the-last-page bank-scopes-are-kept bank-figures-can-be-recomputed"
    ),
    "misreads-form": "talk-receipt",
    "gives-up": "talk-retried-after-503 talk-retried-after-a-broken-line talk-retried-after-429",
    "never-gives-up": "talk-not-retried-after-422",
    "leaves-gaps": "talk-numbered-without-gaps",
    "mixes-disputes": "talk-dispute-answered",
    "copies-hash": "talk-asked-with-another-hash",
}
AT_THE_DOOR = [name for name, found in FOUND_BY.items() if "talk-" not in found]


class Judged:
    """A bank's process with the kit's ear as its platform."""

    def __init__(self, folder: Path) -> None:
        self.platform = Platform()
        self.process = BankProcess("donghu", folder, self.platform)
        keyid, key = self.process.facts["keyid"], signing.public_key(self.process.facts["public_key"])
        self.ear = Listener({keyid: key}.get, machine_now, take)
        self.platform.close()
        self.platform.url = self.ear.url
        self.process.start()
        self.day = date.fromisoformat(TODAY)

    def next_day(self) -> None:
        self.day += timedelta(days=1)
        self.process.move_to(self.day.isoformat())

    def run(self, *words: str) -> list[Outcome]:
        """Judge by the cases whose ids begin so."""
        self.ear.heard.clear()
        door = Door(self.process.url, self.platform.signer, machine_now)
        side = AtBank(door, self.process.client, machine_now, LIN, self.ear, 4.0, self.next_day)
        return judge(sides.chosen(ALL, words), side, lambda _: None)

    def failed(self, *words: str) -> set[str]:
        """The cases that failed. A case that could not be tried is as bad here."""
        outcomes = self.run(*words)
        assert not [one for one in outcomes if one.status == "skipped"]
        return {one.id for one in outcomes if one.status == "failed"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    bank = Judged(tmp_path_factory.mktemp("conformance"))
    yield bank
    bank.process.kill()
    bank.ear.close()


@pytest.fixture(autouse=True)
def right_again(judged: Judged) -> Iterator[None]:
    yield
    judged.process.control("wrongs", {"names": []})


def test_there_are_sixty_cases_and_more_each_with_a_name_of_its_own() -> None:
    ids = [one.id for one in ALL]
    assert len(ids) == len(set(ids)) >= 60


def test_every_wrong_has_cases_that_find_it() -> None:
    assert set(FOUND_BY) == set(wrongs.NAMES)
    assert {name for found in FOUND_BY.values() for name in found.split()} <= {one.id for one in ALL}


@pytest.mark.parametrize("wrong", AT_THE_DOOR)
def test_each_wrong_alone_fails_each_of_its_cases(judged: Judged, wrong: str) -> None:
    judged.process.control("wrongs", {"names": [wrong]})
    assert judged.failed(*FOUND_BY[wrong].split()) == set(FOUND_BY[wrong].split())


def test_a_bank_wrong_in_every_way_fails_these_cases_and_no_others(judged: Judged) -> None:
    judged.process.control("wrongs", {"names": list(FOUND_BY)})
    assert judged.failed() == {name for found in FOUND_BY.values() for name in found.split()}


def test_the_sandbox_bank_passes_every_case(tmp_path: Path) -> None:
    bank = Judged(tmp_path)
    try:
        outcomes = bank.run()
    finally:
        bank.process.kill()
        bank.ear.close()
    assert [(one.id, one.why) for one in outcomes if one.status != "passed"] == []
