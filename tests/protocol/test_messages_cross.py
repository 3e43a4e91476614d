"""Messages that cross: the platform's order counts, the bank stands back, and both go on from the same place."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bargain
import build
from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement import typeset as agreement_typeset
from heyue.agreement.models import Agreement
from heyue.banks.models import InboundMessage, OutboundMessage
from heyue.dispatch import typeset as dispatch_typeset
from heyue.engine.schedule import build as build_schedule
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation
from heyue.negotiation.terms import Put
from heyue.review import actions as review
from heyue.review.models import Review
from protocol import both_whole
from protocol.sandbox_bank_peer import LIN
from protocol.two_sides import Setting, Sides, settled_in
from sandbox_bank import desk

pytestmark = pytest.mark.django_db


class Talk:
    """One talk on both sides; each act says by itself whether its message has arrived."""

    def __init__(self, setting: Setting, signs_after: int = 0) -> None:
        self.setting = setting
        self.sides = Sides(setting.bank_path, setting.loop, signs_after)
        row = Review.objects.get(application_id=setting.application_id)
        perform(setting.reviewer, review.take, review_id=row.pk)
        perform(setting.reviewer, review.pass_, review_id=row.pk)
        self.sides.until_quiet()
        self.id = Negotiation.objects.get().pk

    @property
    def here(self) -> Negotiation:
        """The platform's row."""
        return Negotiation.objects.get(pk=self.id)

    @property
    def at_the_bank(self) -> str:
        """The bank's state."""
        return str(self.sides.rows("SELECT state FROM applications")[0][0])

    def officer(self, do: str, periods: int = 24) -> None:
        """The bank's officer answers; nothing is sent yet."""
        form = {"do": do, "text": "说一句", "periods": str(periods), "down_payment_ratio": "0", "waiver_ratio": "0"}
        self.sides.bank.in_one_transaction(lambda work: desk.answer(work, str(self.id), form))

    def offered(self) -> Talk:
        """The bank's offer lies with Lin."""
        self.officer("offer")
        self.sides.until_quiet()
        return self

    def lin(self, do: Any, **values: Any) -> None:
        """Lin acts; nothing is sent yet."""
        perform(self.setting.lin, do, **values)

    def accepts(self) -> None:
        """Lin accepts the offer that lies open."""
        self.lin(borrower_acts.accept_offer, negotiation_id=self.id, offer_id=self.here.offer_id)

    def counters(self, periods: int = 60) -> None:
        """Lin counters with other terms."""
        debt = self.here.debt
        terms = {**debt.asked_terms, "periods": periods}
        put = Put(terms, debt.asked_waived_fen, "waived", None, build_schedule(terms).hash)
        self.lin(borrower_acts.counter, negotiation_id=self.id, put=put)

    def signs(self) -> Agreement:
        """Lin signs what was drawn; nothing is sent yet."""
        row = Agreement.objects.get()
        self.lin(identity.ask_signing_code, document_sha256=row.sha256)
        code = build.last_code(LIN["phone"])
        self.lin(agreement.sign, agreement_id=row.pk, document_sha256=row.sha256, code=code)
        return row

    def ends_alike(self, here: str, there: str) -> None:
        """Everything arrives: so it stands on either side."""
        self.sides.until_quiet()
        assert (self.here.state, self.at_the_bank) == (here, there)
        both_whole.both_stand_alike(self.sides, self.id)


@pytest.fixture
def setting(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()
    monkeypatch.setattr(dispatch_typeset, "form_for", lambda pk: f"%PDF-1.7 form {pk}".encode())
    monkeypatch.setattr(agreement_typeset, "document_for", lambda pk: f"%PDF-1.7 agreement {pk}".encode())
    loop = asyncio.new_event_loop()
    yield settled_in(loop, tmp_path / "nanshan.db")
    loop.close()


def test_a_refusal_that_meets_an_acceptance_has_not_happened(setting: Setting) -> None:
    talk = Talk(setting).offered()
    talk.accepts()
    talk.officer("refuse")
    assert talk.at_the_bank == "refused"
    talk.ends_alike("agreed", "agreed")


def test_an_acceptance_of_the_last_day_holds_however_late_it_arrives(setting: Setting) -> None:
    talk = Talk(setting).offered()
    until = talk.here.offer.valid_until  # type: ignore[union-attr]
    bargain.day(until)
    talk.accepts()
    talk.sides.bank_clock(until)
    talk.sides.turn_of_the_day(1)
    talk.sides.deliver()
    talk.sides.bank_judges()
    assert talk.at_the_bank == "agreed"


def test_a_talk_whose_agreement_lapsed_is_open_at_the_bank_too(setting: Setting) -> None:
    talk = Talk(setting).offered()
    talk.accepts()
    talk.sides.until_quiet()
    row = Agreement.objects.get()
    talk.sides.turn_of_the_day((row.sign_by - clock.today()).days + 1)
    talk.ends_alike("offer-expired", "offered")
    told = OutboundMessage.objects.get(kind="agreement.lapsed")
    assert (told.delivery, told.fate) == ("delivered", "taken")
    talk.officer("offer", 48)
    talk.ends_alike("offered", "offered")
    talk.counters()
    talk.ends_alike("countered", "offered")


def test_a_bank_that_signs_what_was_cancelled_meanwhile_stands_back(setting: Setting) -> None:
    talk = Talk(setting).offered()
    cards = talk.sides.rows("SELECT * FROM cards ORDER BY token")
    talk.accepts()
    talk.sides.until_quiet()
    row = talk.signs()
    talk.sides.deliver()
    talk.sides.bank_judges()
    assert talk.at_the_bank == "in_force"
    talk.lin(agreement.cancel, agreement_id=row.pk)
    talk.ends_alike("ended", "ended")
    kept = ("token", "terms", "opening", "agreement_id")
    now = talk.sides.rows("SELECT * FROM cards ORDER BY token")
    assert [[card[name] for name in kept] for card in now] == [[card[name] for name in kept] for card in cards]
    assert {card["collection"] for card in now if card["token"] in _tokens(talk)} == {"active"}


def _tokens(talk: Talk) -> set[str]:
    return {entry["card"] for entry in talk.here.debt.structure}


def test_the_bank_does_not_sign_once_the_first_due_date_has_come(setting: Setting) -> None:
    talk = Talk(setting, signs_after=25).offered()
    talk.accepts()
    talk.sides.until_quiet()
    talk.signs()
    talk.sides.until_quiet()
    talk.sides.turn_of_the_day(30)
    talk.ends_alike("offer-expired", "offered")
    assert not talk.sides.rows("SELECT 1 FROM outbox WHERE type = 'agreement.signed'")


def test_a_new_offer_replaces_a_counter_offer_that_the_bank_had_not_read(setting: Setting) -> None:
    talk = Talk(setting).offered()
    talk.counters()
    talk.officer("offer", 48)
    talk.ends_alike("offered", "offered")
    assert (
        json.loads(talk.sides.rows("SELECT body FROM outbox ORDER BY sequence DESC")[0][0])["data"]["terms"]["periods"]
        == talk.here.offer.terms["periods"]
    )  # type: ignore[union-attr]


def test_an_accepted_counter_offer_that_was_replaced_meanwhile_is_open_again(setting: Setting) -> None:
    talk = Talk(setting).offered()
    talk.counters()
    talk.sides.until_quiet()
    talk.officer("accept_counter")
    talk.sides.turn_of_the_day(16)
    talk.sides.bank_sends()
    talk.ends_alike("countered", "offered")


def test_as_asked_after_an_offer_of_its_own_is_another_offer(setting: Setting) -> None:
    talk = Talk(setting).offered()
    talk.officer("accept")
    talk.ends_alike("offered", "offered")
    assert talk.here.offer.hash == talk.here.debt.asked_hash  # type: ignore[union-attr]
    assert not InboundMessage.objects.filter(kind="application.accepted").exists()
