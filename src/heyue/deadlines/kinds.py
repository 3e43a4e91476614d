"""The kinds of wait, each with the rule that gives its length, or the statement that its date is given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from heyue.engine.moves import Role


class WaitKind(StrEnum):
    """What is waited for."""

    REVIEW = "review"
    MORE_PROOFS = "more-proofs"
    MAY_APPEAL = "may-appeal"
    APPEAL_ANSWER = "appeal-answer"
    DELIVERY = "delivery"
    FIRST_ANSWER = "first-answer"
    CHASED_ANSWER = "chased-answer"
    COUNTER_ANSWER = "counter-answer"
    PROMISED_ANSWER = "promised-answer"
    OFFER_VALID = "offer-valid"
    ASK_AGAIN = "ask-again"
    BORROWER_SIGNS = "borrower-signs"
    BANK_SIGNS = "bank-signs"
    INSTALMENT = "instalment"
    DISPUTE = "dispute"
    DISPUTE_ANSWER = "dispute-answer"


@dataclass(frozen=True, slots=True)
class WaitRule:
    """Who owes the act. ``rule_id`` names the policy record of working days; None: the date is given."""

    owed_by: Role
    rule_id: str | None
    dated_by: str = ""


RULES: dict[WaitKind, WaitRule] = {
    WaitKind.REVIEW: WaitRule(Role.REVIEWER, "REVIEW-DAYS"),
    WaitKind.MORE_PROOFS: WaitRule(Role.BORROWER, "MORE-PROOFS-DAYS"),
    WaitKind.MAY_APPEAL: WaitRule(Role.BORROWER, "APPEAL-DAYS"),
    WaitKind.APPEAL_ANSWER: WaitRule(Role.REVIEWER, "APPEAL-ANSWER-DAYS"),
    WaitKind.DELIVERY: WaitRule(Role.BANK, "DELIVERY-RECEIPT"),
    WaitKind.FIRST_ANSWER: WaitRule(Role.BANK, "FIRST-ANSWER"),
    WaitKind.CHASED_ANSWER: WaitRule(Role.BANK, "CHASED-ANSWER"),
    WaitKind.COUNTER_ANSWER: WaitRule(Role.BANK, "FIRST-ANSWER"),
    WaitKind.PROMISED_ANSWER: WaitRule(Role.BANK, None, dated_by="the day that the bank promised in a call"),
    WaitKind.OFFER_VALID: WaitRule(Role.BORROWER, None, dated_by="the offer's valid_until"),
    WaitKind.ASK_AGAIN: WaitRule(Role.BORROWER, "ASK-AGAIN-DAYS"),
    WaitKind.BORROWER_SIGNS: WaitRule(Role.BORROWER, None, dated_by="the offer's valid_until"),
    WaitKind.BANK_SIGNS: WaitRule(Role.BANK, "BANK-SIGNS-DAYS"),
    WaitKind.INSTALMENT: WaitRule(Role.BORROWER, None, dated_by="the schedule's row"),
    WaitKind.DISPUTE: WaitRule(Role.REVIEWER, "DISPUTE-DAYS"),
    WaitKind.DISPUTE_ANSWER: WaitRule(Role.BANK, "DISPUTE-BANK-DAYS"),
}
