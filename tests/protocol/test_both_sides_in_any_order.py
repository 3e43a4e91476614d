"""Whatever both sides do, and whatever the line does to their messages, in the end they stand alike."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import bargain
import build
from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement import typeset as agreement_typeset
from heyue.agreement.models import Agreement
from heyue.application import actions as application
from heyue.banks import outbox
from heyue.banks.models import OutboundMessage
from heyue.dispatch import typeset as dispatch_typeset
from heyue.dispatch.models import Dispatch
from heyue.engine.refusal import Refusal
from heyue.engine.schedule import build as build_schedule
from heyue.identity import actions as identity
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation, Offer, Question
from heyue.negotiation.states import TABLE
from heyue.negotiation.terms import Put
from heyue.review import actions as review
from heyue.review.models import Review
from protocol import both_whole
from protocol.sandbox_bank_peer import LIN
from protocol.two_sides import Luck, Setting, Sides, settled_in
from sandbox_bank import desk, payments
from sandbox_bank.bank import Work
from sandbox_bank.heyue_command import EngineRefused
from sandbox_bank.problems import Problem

pytestmark = pytest.mark.django_db

LONG = "HEYUE_TALKS" in os.environ
TALKS = int(os.environ.get("HEYUE_TALKS", "10"))
"""How many talks are walked through: ten that are always the same, or as many others as are asked for.

    HEYUE_TALKS=1000 bin/test tests/protocol/test_both_sides_in_any_order.py -n0 -s --timeout=0 --hypothesis-seed=1

The last long run is told in docs/protocol/both-sides.md.
"""
WALKED: Counter[str] = Counter()
STEPS = 25
LUCK = st.lists(st.sampled_from(list(Luck)), min_size=0, max_size=3)
ANSWERS = ("offer", "accept", "refuse", "ask", "accept_counter", "refuse_counter")
TERMS = ((12, "0"), (24, "0.05"), (48, "0"))
SETTING: list[Setting] = []


@dataclass(frozen=True)
class Now:
    """How it stands at the platform, so that most acts drawn are possible ones."""

    form: bool = False
    talk: str = ""
    agreement: str = ""
    offer: bool = False


class BothSides(RuleBasedStateMachine):
    """One negotiation, from the review to the last payment, with every act of either side in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.setting = SETTING[0]
        self._undone = contextlib.ExitStack()
        self._undone.enter_context(_rolled_back())
        self.now, self.last = Now(), ""

    @initialize(
        began=st.sampled_from(("sent", "received", "offered", "agreed", "signed", "running")),
        signs_after=st.sampled_from((0, 0, 2, 15)),
    )
    def begins(self, began: str, signs_after: int) -> None:
        """Somewhere on the way, reached over a good line; the bank signs at once, or days later."""
        path = Path(self.setting.bank_path)
        for old in path.parent.glob(f"{path.name}*"):
            old.unlink()
        path.write_bytes(self.setting.bank_file)
        self.sides = Sides(path, self.setting.loop, signs_after)
        steps = (
            ("sent", self.reviewer_passes),
            ("received", lambda: None),
            ("offered", lambda: self._answered("offer", (24, "0.05"))),
            ("agreed", self.lin_accepts),
            ("signed", self.lin_signs),
        )
        for name, act in steps:
            act()
            if name == began:
                break
            self.sides.until_quiet()

    # ── the platform: reviewer, borrower, operator, worker ───────────────────────────────────────────────────────────

    @precondition(lambda self: not self.now.form)
    @rule()
    def reviewer_passes(self) -> None:
        """The reviewer lets the application through."""
        row = Review.objects.get(application_id=self.setting.application_id)
        with contextlib.suppress(Refusal):
            perform(self.setting.reviewer, review.take, review_id=row.pk)
        with contextlib.suppress(Refusal):
            perform(self.setting.reviewer, review.pass_, review_id=row.pk)

    @precondition(lambda self: self.now.offer)
    @rule()
    def lin_accepts(self) -> None:
        """Lin accepts the offer that lies open."""
        if offer := self._offer():
            self._lin(borrower_acts.accept_offer, negotiation_id=offer.negotiation_id, offer_id=offer.pk)

    @precondition(lambda self: self.now.offer)
    @rule()
    def lin_declines(self) -> None:
        """Lin declines it."""
        if offer := self._offer():
            self._lin(borrower_acts.decline_offer, negotiation_id=offer.negotiation_id, offer_id=offer.pk)

    @precondition(lambda self: self.now.talk in ("offered", "offer-expired", "offer-declined"))
    @rule(periods=st.sampled_from((12, 36, 60)))
    def lin_counters(self, periods: int) -> None:
        """Lin puts other terms."""
        talk = self._talk()
        assert talk is not None
        first_due = (clock.today().replace(day=1) + timedelta(days=32)).replace(day=12)
        terms = {**talk.debt.asked_terms, "periods": periods, "first_due": first_due.isoformat()}
        put = Put(terms, talk.debt.asked_waived_fen, "waived", None, build_schedule(terms).hash)
        self._lin(borrower_acts.counter, negotiation_id=talk.pk, put=put)

    @precondition(lambda self: self.now.talk)
    @rule()
    def lin_answers(self) -> None:
        """Lin answers what the bank asked."""
        if question := Question.objects.filter(answered_at__isnull=True).first():
            told = {"negotiation_id": question.negotiation_id, "question_id": question.pk}
            self._lin(borrower_acts.answer, **told, text="到三月。")

    @precondition(lambda self: self.now.agreement == "awaiting-borrower")
    @rule()
    def lin_signs(self) -> None:
        """Lin signs the agreement that lies before her."""
        row = self._agreement()
        if row and row.state == "awaiting-borrower":
            with contextlib.suppress(Refusal):
                perform(self.setting.lin, identity.ask_signing_code, document_sha256=row.sha256)
                code = build.last_code(LIN["phone"])
                perform(self.setting.lin, agreement.sign, agreement_id=row.pk, document_sha256=row.sha256, code=code)

    @precondition(lambda self: self.now.agreement in ("drawing", "awaiting-borrower", "awaiting-bank"))
    @rule()
    def lin_cancels(self) -> None:
        """Lin takes the agreement back before both have signed."""
        if row := self._agreement():
            self._lin(agreement.cancel, agreement_id=row.pk)

    @precondition(lambda self: self.now.talk not in ("", "ended", "lapsed", "refused", "concluded"))
    @rule(all_of_it=st.booleans())
    def lin_ends(self, all_of_it: bool) -> None:
        """Lin ends the talk with this bank, or takes the whole application back."""
        talk = self._talk()
        if all_of_it:
            self._lin(application.withdraw, application_id=self.setting.application_id)
        elif talk:
            self._lin(borrower_acts.end, negotiation_id=talk.pk)

    @precondition(lambda self: not self.now.talk)
    @rule()
    def lin_withdraws_early(self) -> None:
        """Lin takes the application back before the bank's receipt."""
        self._lin(application.withdraw, application_id=self.setting.application_id)

    @rule(luck=LUCK)
    def the_worker_delivers(self, luck: list[Luck]) -> None:
        """What is due goes to the bank, over whatever line there is."""
        self.sides.papers()
        self.sides.deliver(luck)

    @rule()
    def the_worker_judges(self) -> None:
        """The platform judges what came."""
        self.sides.judge()

    @rule()
    def the_worker_looks_at_the_clock(self) -> None:
        """What was waited for is over."""
        bargain.reach_due()

    @rule()
    def the_worker_asks(self) -> None:
        """The platform asks what became of its messages."""
        self.sides.ask_bank()

    @rule()
    def three_days_of_tries_are_over(self) -> None:
        """What the bank did not take in 72 hours is given up."""
        long_ago = clock.machine_now() - outbox.GIVE_UP_AFTER
        OutboundMessage.objects.filter(delivery="waiting", tries__gt=0).update(first_tried_at=long_ago)
        self.sides.deliver([Luck.LOST])

    @rule()
    def the_operator_replays(self) -> None:
        """The operator has tried again what is stuck."""
        self.sides.replay_stuck()

    # ── the bank: officer, loops ─────────────────────────────────────────────────────────────────────────────────────

    @rule(do=st.sampled_from(ANSWERS), terms=st.sampled_from(TERMS))
    def the_officer_answers(self, do: str, terms: tuple[int, str]) -> None:
        """The bank's officer answers by hand."""
        self._answered(do, terms)

    def _answered(self, do: str, terms: tuple[int, str]) -> None:
        form = {
            "do": do,
            "text": "说一句",
            "periods": str(terms[0]),
            "down_payment_ratio": terms[1],
            "waiver_ratio": "0",
        }
        self._bank(lambda work: desk.answer(work, self._case(work), form))

    @rule()
    def the_bank_judges(self) -> None:
        """The bank judges what came, and does what is due."""
        self.sides.bank_judges()

    @rule()
    def the_bank_asks(self) -> None:
        """The bank asks what the platform judged of its answers."""
        self.sides.bank_asks()

    @rule(luck=LUCK)
    def the_bank_sends(self, luck: list[Luck]) -> None:
        """What is due goes to the platform, over whatever line there is."""
        self.sides.bank_sends(luck)

    @precondition(lambda self: self.now.agreement in ("awaiting-bank", "in-force"))
    @rule(whole=st.booleans())
    def lin_pays(self, whole: bool) -> None:
        """Lin pays the next instalment at the bank's counter, or a part of it."""

        def pay(work: Work) -> None:
            row = work.row(
                "SELECT agreement_id, period, payment_fen FROM instalments JOIN agreements USING (agreement_id)"
                " WHERE in_force_on IS NOT NULL AND paid_fen < payment_fen ORDER BY period"
            )
            if row:
                amount_fen = row["payment_fen"] if whole else row["payment_fen"] // 3
                payments.pay(work, row["agreement_id"], amount_fen, work.today, row["period"], "柜面")

        self._bank(pay)

    # ── the line and the days ────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.sides.to_bank.held or self.sides.to_platform.held)
    @rule(number=st.integers(0, 5))
    def something_late_arrives(self, number: int) -> None:
        """A request that its sender had given up arrives after all."""
        held = [(line, one) for line in (self.sides.to_bank, self.sides.to_platform) for one in line.held]
        line, request = held[number % len(held)]
        line.held.remove(request)
        line.carry(request)

    @precondition(lambda self: self.sides.to_bank.carried or self.sides.to_platform.carried)
    @rule(number=st.integers(0, 30))
    def something_arrives_once_more(self, number: int) -> None:
        """The line doubles a request: the very same signature is refused."""
        carried = [(line, one) for line in (self.sides.to_bank, self.sides.to_platform) for one in line.carried]
        line, request = carried[number % len(carried)]
        assert line.carry(request).status_code == 401

    @rule(days=st.sampled_from((1, 1, 3, 10, 16)))
    def days_pass(self, days: int) -> None:
        """Both business clocks go on."""
        self.sides.turn_of_the_day(days)

    # ── what holds ───────────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_is_doubled_and_the_ledger_is_complete(self) -> None:
        """After every act; what is at an end stays so."""
        if not hasattr(self, "sides"):
            return
        form, talk, row = self._form(), self._talk(), self._agreement()
        self.now = Now(bool(form), talk.state if talk else "", row.state if row else "", self._offer() is not None)
        if self.last in {s.value for s in TABLE.final}:
            assert self.now.talk == self.last
        self.last = self.now.talk
        if form:
            both_whole.nothing_is_doubled(self.sides, form.pk)
            both_whole.ledger_is_complete(form.pk)

    def teardown(self) -> None:
        """The line is mended and everything tried again: both sides stand alike."""
        try:
            if hasattr(self, "sides"):
                self._mended()
                WALKED[self.now.talk or "no talk"] += 1
        finally:
            self._undone.close()
        if LONG:
            print(f"\r{sum(WALKED.values())} talks: {dict(WALKED)}", end="", file=sys.__stderr__, flush=True)

    def _mended(self) -> None:
        form = self._form()
        if form is None:
            return
        for line in (self.sides.to_bank, self.sides.to_platform):
            while line.held:
                line.carry(line.held.pop(0))
        self.sides.until_quiet()
        if self.sides.replay_stuck() + self.sides.bank_sends_again():
            self.sides.until_quiet()
        assert not OutboundMessage.objects.filter(delivery__in=["waiting", "dead"]).exists()
        assert not self.sides.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'dead')")
        assert not self.sides.rows("SELECT 1 FROM messages WHERE state = 'waiting'")
        self.nothing_is_doubled_and_the_ledger_is_complete()
        both_whole.proofs_verify(form.borrower_id)
        both_whole.both_stand_alike(self.sides, form.pk)

    # ── who acts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _lin(self, do: Any, **values: Any) -> None:
        with contextlib.suppress(Refusal):
            perform(self.setting.lin, do, **values)

    def _bank(self, do: Any) -> None:
        with contextlib.suppress(Problem, EngineRefused):
            self.sides.bank.in_one_transaction(do)

    def _case(self, work: Work) -> str:
        row = work.row("SELECT negotiation_id FROM applications")
        if row is None:
            raise Problem(404, "unknown-negotiation", "nothing has come yet")
        return str(row[0])

    def _form(self) -> Dispatch | None:
        return Dispatch.objects.filter(application_id=self.setting.application_id).first()

    def _talk(self) -> Negotiation | None:
        talks = Negotiation.objects.select_related("debt", "offer")
        return talks.filter(application_id=self.setting.application_id).first()

    def _offer(self) -> Offer | None:
        return Offer.objects.filter(by=Offer.By.BANK, fate=Offer.Fate.OPEN).first()

    def _agreement(self) -> Agreement | None:
        return Agreement.objects.order_by("-drawn_at", "-id").first()


@contextlib.contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def lin_has_applied(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reviewer has Lin's application before him; papers cost no typesetting here."""
    settings.HEYUE_SIGNING_KEY = "platform-1=" + b64encode(bytes(range(32))).decode()
    logging.disable(logging.WARNING)  # a bad line is what is wanted here
    monkeypatch.setattr(dispatch_typeset, "form_for", lambda pk: f"%PDF-1.7 form {pk}".encode())
    monkeypatch.setattr(agreement_typeset, "document_for", lambda pk: f"%PDF-1.7 agreement {pk}".encode())
    loop = asyncio.new_event_loop()
    SETTING[:] = [settled_in(loop, tmp_path / "nanshan.db")]
    yield
    SETTING.clear()
    logging.disable(logging.NOTSET)
    loop.close()


def test_over_any_line_both_sides_end_alike(lin_has_applied: None) -> None:
    how = settings(
        max_examples=TALKS,
        derandomize=not LONG,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(BothSides, settings=how)
