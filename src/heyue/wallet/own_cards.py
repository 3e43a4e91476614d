"""Verbs of the cards that a borrower brings: add by hand, mend, note a payment, remove; and count them on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from heyue.acts import current, verb
from heyue.banks.models import Bank
from heyue.engine.bad_input import BadInput
from heyue.engine.money import fen, yuan
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.evidence import Subject, append
from heyue.policy.load import rule
from heyue.vault import hold
from heyue.wallet.cost import explain
from heyue.wallet.issuers import bank_of
from heyue.wallet.models import Activity, Card

CARDS_MAX = 50
POSTINGS_MAX = 2_000
STATED_DAYS_MAX = 5 * 365
PRODUCT_CHARS_MAX = 40
USUAL_TERMS = "USUAL-CARD-TERMS"
LOWERING = ("payment", "refund")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a borrower says of a card, as of ``stated_on``. Sums in fen; the rest of the balance is principal."""

    bank: str
    last4: str
    product: str
    stated_on: date
    balance_fen: int
    interest_fen: int
    fee_fen: int
    statement_day: int
    due_day: int
    overdue_since: date | None = None
    daily_rate: str = ""
    method: str = ""

    @property
    def principal_fen(self) -> int:
        """What of the balance is neither interest nor fee."""
        return self.balance_fen - self.interest_fen - self.fee_fen


@verb
def add_card(stated: Stated) -> UUID:
    """Add a card by hand; its id. Raises ``Refusal`` at the field that is wrong."""
    borrower_id = _borrower()
    hold(borrower_id)  # two taps at once add one
    bank = _bank(stated)
    own = Card.objects.filter(borrower_id=borrower_id, link__isnull=True)
    if own.filter(bank=bank, last4=stated.last4).exists():
        raise Refusal("card-there", words("这张卡已经在钱包里了，去卡的页面上改。"), field="last4", status=422)
    if own.count() >= CARDS_MAX:
        raise Refusal("too-many-cards", words("自己加的卡最多50张。先删掉不用的。"), status=422)
    card = Card(
        borrower_id=borrower_id,
        bank=bank,
        token=f"own-{uuid4()}",
        source=Card.Source.HAND,
        as_of=current().today,
        **dict.fromkeys(SUMS, 0),
    )
    _state(card, stated)
    note(card, "added", {"source": card.source, "balance_fen": card.balance_fen})
    return card.pk


@verb
def change_card(card_id: UUID, stated: Stated) -> None:
    """Take what is said now in place of what was said before; what was posted since the new day stays."""
    card = _own(card_id)
    bank = _bank(stated)
    same = Card.objects.filter(borrower_id=card.borrower_id, link__isnull=True, bank=bank, last4=stated.last4)
    if same.exclude(pk=card.pk).exists():
        raise Refusal("card-there", words("另一张卡已经是这家银行、这个尾号了。"), field="last4", status=422)
    card.bank = bank
    card.activity.filter(date__lt=stated.stated_on).delete()
    _state(card, stated)
    note(card, "changed", {"balance_fen": card.balance_fen})


@verb
def remove_card(card_id: UUID) -> None:
    """Take an own card out of the wallet with all that was said of it."""
    card = _own(card_id)
    note(card, "removed")
    card.delete()


@verb
def post(card_id: UUID, on: date, kind: str, amount_fen: int, text: str = "") -> None:
    """Note a payment or a purchase since the day on which the card's sums were stated."""
    card = _own(card_id)
    if card.stated_on and on < card.stated_on:
        raise Refusal(
            "before-stated", words("这一天在账单之前，账单已经算进去了。"), field="on", status=422
        )  # fmt: skip
    if on > current().today:
        raise Refusal("not-yet", words("这一天还没到。"), field="on", status=422)
    seq = card.activity.count()
    if seq >= POSTINGS_MAX:
        raise Refusal("too-many-postings", words("这张卡记的笔数到头了。等下一期账单再导入。"), status=422)
    newest = card.activity.order_by("-seq").first()
    Activity.objects.create(
        card=card, seq=(newest.seq if newest else 0) + 1, date=on, kind=kind, amount_fen=amount_fen, text=text[:80]
    )
    _recount(card)
    note(card, "posted", {"kind": kind, "amount_fen": amount_fen, "on": on.isoformat()})


@verb
def unpost(card_id: UUID, posting_id: int) -> None:
    """Take back a posting that was typed; what came with a statement stays."""
    card = _own(card_id)
    found = card.activity.filter(pk=posting_id, statement_on__isnull=True).first()
    if found is None:
        raise NotFound()
    facts = {"kind": found.kind, "amount_fen": found.amount_fen, "on": found.date.isoformat()}
    found.delete()
    _recount(card)
    note(card, "posting-removed", facts)


@verb
def count_on(card_id: UUID) -> None:
    """Count an own card's interest on to today, as the clock has moved. Nothing is written into the ledger."""
    card = Card.objects.select_for_update().filter(pk=card_id, link__isnull=True).first()
    if card is not None:
        _recount(card)


SUMS = ("balance_fen", "principal_fen", "interest_fen", "fee_fen", "credit_fen", "accrued_fen", "per_day_fen")
COUNTED = (*SUMS, "days_overdue", "overdue_since", "as_of")


def usual_terms(day: date, statement_day: int, due_day: int, **said: str) -> dict[str, Any]:
    """Return a card's terms as most banks have them on ``day``, with its own days and what is ``said`` of it."""
    terms = {**rule(USUAL_TERMS, day).value, "statement_day": statement_day, "due_day": due_day}
    return terms | {name: value for name, value in said.items() if value}


def recount(card: Card) -> None:
    """Let the engine say what is owed today, and keep it. Raises ``Refusal`` where the days make no cycle."""
    _recount(card)


def refuse_day(on: date, field: str) -> None:
    """Refuse a day that is still to come, or so long ago that nobody can reckon on from it."""
    if on > current().today:
        raise Refusal("not-yet", words("这一天还没到。"), field=field, status=422)
    if (current().today - on).days > STATED_DAYS_MAX:
        raise Refusal("too-old", words("这个数太旧了，用最近五年里的。"), field=field, status=422)


def note(card: Card, what: str, facts: dict[str, object] | None = None) -> None:
    """Write a leaf about an own card."""
    subject = Subject("card", card.pk, borrower_id=card.borrower_id, bank_id=card.bank_id)
    append(f"card.{what}", subject, current().actor, facts)


def _state(card: Card, stated: Stated) -> None:
    if stated.principal_fen < 0:
        raise Refusal(
            "parts-above-whole", words("利息和费用加起来比一共欠的还多。"), field="interest_fen", status=422
        )  # fmt: skip
    refuse_day(stated.stated_on, "stated_on")
    if stated.overdue_since and stated.overdue_since > stated.stated_on:
        raise Refusal(
            "overdue-later", words("逾期的日子要在这一天之前。"), field="overdue_since", status=422
        )  # fmt: skip
    card.last4, card.product = stated.last4, stated.product[:PRODUCT_CHARS_MAX]
    card.stated_on = stated.stated_on
    card.terms = usual_terms(
        stated.stated_on,
        stated.statement_day,
        stated.due_day,
        daily_rate=stated.daily_rate,
        method=stated.method,
    )
    card.opening = {
        "date": stated.stated_on.isoformat(),
        "purchase": yuan(stated.principal_fen),
        "interest": yuan(stated.interest_fen),
        "fee": yuan(stated.fee_fen),
        "overdue_since": stated.overdue_since.isoformat() if stated.overdue_since else None,
    }
    card.save()
    _recount(card)


def _recount(card: Card) -> None:
    try:
        found = explain(card, current().today)
    except BadInput as bad:
        raise Refusal(
            "terms-not-computable",
            words("账单日和还款日对不上：还款日要在下一个账单日之前。"),
            field="due_day",
            status=422,
        ) from bad
    owed = found["owed"]
    card.balance_fen = fen(found["balance"])
    card.principal_fen = fen(owed["purchase"]) + fen(owed["cash_advance"])
    card.interest_fen, card.fee_fen = fen(owed["interest"]), fen(owed["fee"])
    card.credit_fen, card.accrued_fen = fen(owed["credit"]), fen(found["accrued"])
    card.per_day_fen = fen(found["next_day_interest"])
    card.days_overdue = owed["days_overdue"]
    card.overdue_since = date.fromisoformat(owed["overdue_since"]) if owed["overdue_since"] else None
    card.as_of = current().today
    card.save(update_fields=COUNTED)


def _bank(stated: Stated) -> Bank:
    bank = bank_of(stated.bank, current().today)
    if bank is None:
        raise Refusal("unknown-bank", words("先选是哪家银行的卡。"), field="bank", status=422)
    return bank


def _borrower() -> UUID:
    person_id = current().actor.person_id
    if person_id is None:
        raise RuntimeError("a wallet belongs to a person")
    return person_id


def _own(card_id: UUID) -> Card:
    card = (
        Card.objects.select_for_update(of=("self",))
        .select_related("bank")
        .filter(pk=card_id, borrower_id=_borrower(), link__isnull=True)
        .first()
    )
    if card is None:
        raise NotFound()
    return card
