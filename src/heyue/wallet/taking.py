"""Put a statement that was looked at into the wallet: its card, its figures, its lines, and where counting begins.

The engine goes on from the statement before, when the figures it then finds are the printed ones to the fen: so the
interest on the statement is explained line by line. Else it goes on from the statement's own sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from heyue.acts import current
from heyue.banks.models import Bank
from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.engine.money import fen, yuan
from heyue.engine.months import months_after
from heyue.engine.refusal import Refusal, words
from heyue.wallet.cost import request_of
from heyue.wallet.issuers import bank_of, slug_of
from heyue.wallet.models import Activity, Card, Statement
from heyue.wallet.own_cards import CARDS_MAX, SUMS, note, recount, refuse_day, usual_terms

TEXT_CHARS_MAX = 80
DUE_WITHIN = timedelta(days=62)
TURNED = {
    "purchase": "refund", "cash_advance": "refund", "instalment": "refund", "fee": "refund",
    "payment": "purchase", "refund": "purchase", "reward": "purchase",
}  # fmt: skip
"""What a row of the opposite sign is: a purchase below zero gives back, a payment above zero was taken back."""
LOWERING = ("payment", "refund", "reward")


def put_in(borrower_id: UUID, told: Mapping[str, Any]) -> Card:
    """Write one statement of a draft into the wallet and return its card. The same statement again changes nothing."""
    day = current().today
    bank = _bank(str(told["issuer"]["value"]), day)
    on, due_on = _day(told, "statement_on"), _day(told, "due_on")
    refuse_day(on, "statement_on")
    if not on <= due_on <= on + DUE_WITHIN:
        said = words("最后还款日要在账单日以后，一个多月之内。")
        raise Refusal("dates-amiss", said, field="due_on", status=422)
    card = _card(borrower_id, bank, str(told["last4"]["value"]), day)
    _keep_figures(card, told, on, due_on)
    _keep_lines(card, told, on)
    if card.stated_on is None or on >= card.stated_on:
        card.source, card.stated_on = Card.Source.STATEMENT, on
        card.activity.filter(statement_on__isnull=True, date__lte=on).delete()  # the statement tells them all
        kept = {name: str(card.terms.get(name, "")) for name in ("daily_rate", "method")} if card.terms else {}
        card.terms = usual_terms(day, on.day, due_on.day, **kept)
        card.opening = _opening(card, told, on, due_on)
        card.save()
    recount(card)
    note(card, "statement-taken", {"statement": on.isoformat(), "balance_fen": _sum(told, "balance")})
    return card


def _bank(slug: str, day: date) -> Bank:
    bank = bank_of(slug_of(slug), day)
    if bank is None:
        raise Refusal("unknown-bank", words("先选是哪家银行的卡。"), field="issuer", status=422)
    return bank


def _card(borrower_id: UUID, bank: Bank, last4: str, day: date) -> Card:
    own = Card.objects.filter(borrower_id=borrower_id, link__isnull=True)
    found = own.filter(bank=bank, last4=last4).first()
    if found is not None:
        return found
    if own.count() >= CARDS_MAX:
        raise Refusal("too-many-cards", words("自己加的卡最多50张。先删掉不用的。"), status=422)
    card = Card(
        borrower_id=borrower_id,
        bank=bank,
        last4=last4,
        token=f"own-{uuid4()}",
        source=Card.Source.STATEMENT,
        terms={},
        as_of=day,
        product=words("信用卡"),
        **dict.fromkeys(SUMS, 0),
    )
    card.save()
    return card


def _keep_figures(card: Card, told: Mapping[str, Any], on: date, due_on: date) -> None:
    late_fee_fen = sum(_rows_of(told, "late_fee")) if told["rows"] else _sum(told, "fees")
    Statement.objects.update_or_create(
        card=card,
        date=on,
        defaults={
            "due_date": due_on,
            "balance_fen": _sum(told, "balance"),
            "minimum_payment_fen": _sum(told, "minimum"),
            "interest_fen": _sum(told, "interest"),
            "late_fee_fen": max(late_fee_fen, 0),
        },
    )


def _keep_lines(card: Card, told: Mapping[str, Any], on: date) -> None:
    card.activity.filter(statement_on=on).delete()
    newest = card.activity.order_by("-seq").first()
    seq = newest.seq if newest else 0
    rows = []
    for row in told["rows"]:
        amount_fen = int(row["fen"]["value"])
        if not amount_fen:
            continue
        kind = str(row["kind"]["value"])
        if (amount_fen < 0) != (kind in LOWERING):
            kind = TURNED.get(kind, kind)
        seq += 1
        rows.append(
            Activity(
                card=card,
                seq=seq,
                date=date.fromisoformat(row["on"]["value"]),
                kind=kind,
                amount_fen=abs(amount_fen),
                text=str(row["text"]["value"] or "")[:TEXT_CHARS_MAX],
                statement_on=on,
            )
        )
    Activity.objects.bulk_create(rows)


def _opening(card: Card, told: Mapping[str, Any], on: date, due_on: date) -> dict[str, Any]:
    """Return where counting begins: at the statement before where that gives the printed balance, else at this one."""
    for opening in _from_the_one_before(card, told, on):
        card.opening = opening
        try:
            found = account(request_of(card, on))["statements"]
        except BadInput:
            continue
        cut = next((one for one in found if one["date"] == on.isoformat()), None)
        if cut and fen(cut["balance"]) == _sum(told, "balance"):
            return opening
    balance_fen = _sum(told, "balance")
    interest_fen = min(_sum(told, "interest"), max(balance_fen, 0))
    fee_fen = min(_sum(told, "fees"), max(balance_fen, 0) - interest_fen)
    is_late = any(_rows_of(told, "late_fee"))
    return {
        "date": on.isoformat(),
        "purchase": yuan(max(balance_fen, 0) - interest_fen - fee_fen),
        "interest": yuan(interest_fen),
        "fee": yuan(fee_fen),
        "credit": yuan(max(-balance_fen, 0)),
        "overdue_since": months_after(due_on, -1, due_on.day).isoformat() if is_late else None,
    }


def _from_the_one_before(card: Card, told: Mapping[str, Any], on: date) -> Iterator[dict[str, Any]]:
    """Openings at the statement day before: first as if it was paid in full, then as owed on."""
    previous = told["previous"]["value"]
    if previous is None or not told["rows"] or previous < 0:
        return
    before = months_after(on, -1, on.day)
    if not _sum(told, "interest") and not any(_rows_of(told, "late_fee")):
        # A sum that was paid in full bears no interest, as a fee bears none.
        yield {"date": before.isoformat(), "fee": yuan(previous)}
    known = card.statements.filter(date=before).first()
    interest_fen = min(known.interest_fen, previous) if known else 0
    fee_fen = min(known.late_fee_fen, previous - interest_fen) if known else 0
    yield {
        "date": before.isoformat(),
        "purchase": yuan(previous - interest_fen - fee_fen),
        "interest": yuan(interest_fen),
        "fee": yuan(fee_fen),
    }


def _rows_of(told: Mapping[str, Any], kind: str) -> list[int]:
    return [int(row["fen"]["value"]) for row in told["rows"] if row["kind"]["value"] == kind]


def _sum(told: Mapping[str, Any], name: str) -> int:
    return int(told[name]["value"] or 0)


def _day(told: Mapping[str, Any], name: str) -> date:
    return date.fromisoformat(str(told[name]["value"]))
