"""Builders: rows as the product's own verbs make them, with figures as the engine computes them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from heyue import clock
from heyue.banks.models import Bank
from heyue.engine.interest import account
from heyue.engine.money import fen, yuan
from heyue.engine.moves import PLATFORM, Actor, Role
from heyue.identity import actions as identity
from heyue.identity.models import Consent
from heyue.identity.staff import add_staff
from heyue.journey import perform
from heyue.notices.models import TextMessage
from heyue.vault import keyring
from heyue.wallet import actions as wallet
from heyue.wallet.models import Card

SOMEBODY = Actor(Role.BORROWER)
TERMS = {
    "daily_rate": "0.0005",
    "method": "full",
    "statement_day": 5,
    "due_day": 23,
    "minimum_ratio": "0.10",
    "late_fee_ratio": "0.05",
}


def bank(slug: str, name: str, seal: str, *, colour: int = 1) -> Bank:
    """A bank that speaks the gateway protocol at an address where nobody listens."""
    return Bank.objects.create(
        slug=slug,
        name=name,
        short_name=name.removesuffix("银行"),
        seal=seal,
        colour=colour,
        hotline="400-000-1357",
        base_url="http://127.0.0.1:9",
        joined_on=date(2026, 1, 5),
    )


def staff(
    role: Role, login: str, name: str, number: str, of_bank: Bank | None = None, *, password: str = "one-long-password"
) -> Actor:
    """A member of staff who can sign in at the desk."""
    bank_id = of_bank.pk if of_bank else None
    person_id = perform(
        PLATFORM,
        add_staff,
        role=role,
        login=login,
        password=password,
        display_name=name,
        staff_number=number,
        bank_id=bank_id,
    )
    return Actor(role, person_id, bank_id)


def last_code(phone: str) -> str:
    """The code in the newest text message to this phone."""
    for message in TextMessage.objects.order_by("-id"):
        ring = keyring(message.owner_id)
        if ring.open_text(message.sealed_phone, "sms-phone") == phone:
            found = re.search(r"\b(\d{6})\b", ring.open_text(message.sealed_text, "sms-text"))
            if found:
                return found[1]
    raise AssertionError(f"no code was sent to {phone}")


def newcomer(phone: str) -> Actor:
    """A borrower who has signed in for the first time and done nothing else."""
    perform(SOMEBODY, identity.ask_sign_in_code, phone=phone, asked_from="127.0.0.1")
    (who,) = perform(SOMEBODY, identity.sign_in_with_code, phone=phone, code=last_code(phone))
    return Actor(Role.BORROWER, who.person_id)


def borrower(phone: str, name: str, id_number: str) -> Actor:
    """A borrower who has read the notice and said who he or she is."""
    actor = newcomer(phone)
    perform(actor, identity.read_privacy_notice)
    perform(actor, identity.tell_identity, name=name, id_number=id_number)
    return actor


def cards(actor: Actor, of_bank: Bank, *told: dict[str, Any]) -> list[Card]:
    """Bind a bank whose feed tells these cards (see ``card_told``); its cards, in their order."""
    perform(actor, identity.give_consent, bank_id=of_bank.pk, purpose=Consent.Purpose.ACCOUNTS.value)
    link_id = perform(actor, wallet.ask_bank, bank_id=of_bank.pk)
    perform(PLATFORM, wallet.record_linked, link_id=link_id, link_ref=f"link-{of_bank.slug}")
    events, seq = [], 0
    for card in told:
        for event in card["events"]:
            seq += 1
            events.append({"seq": seq, "card": card["token"], "text": "", **event})
    perform(PLATFORM, wallet.record_feed, link_id=link_id, cards=list(told), events=events)
    return list(Card.objects.filter(link_id=link_id).order_by("token"))


def card_told(
    last4: str = "6612",
    product: str = "标准卡",
    *,
    events: list[dict[str, str]] | None = None,
    terms: dict[str, Any] | None = None,
    as_of: date | None = None,
    waivable: str = "0.00",
) -> dict[str, Any]:
    """A card as a bank's feed tells it (gateway-v1.md section 2), every figure computed by the engine."""
    until = as_of or clock.today()
    posted = events if events is not None else overdue_events(until)
    rules = {**TERMS, **(terms or {})}
    found = account({"terms": rules, "events": posted, "until": until.isoformat(), "detail": True})
    owed = found["owed"]
    return {
        "token": f"card-{last4}",
        "last4": last4,
        "product": product,
        "currency": "CNY",
        "as_of": until.isoformat(),
        "balance": found["balance"],
        "owed": {
            "principal": yuan(fen(owed["purchase"]) + fen(owed["cash_advance"])),
            **{kind: owed[kind] for kind in ("interest", "fee", "credit")},
        },
        "days_overdue": owed["days_overdue"],
        "overdue_since": owed["overdue_since"],
        "accrued": found["accrued"],
        "next_day_interest": found["next_day_interest"],
        "statements": [
            {key: one[key] for key in ("date", "due_date", "balance", "minimum_payment", "interest", "late_fee")}
            for one in found["statements"]
        ],
        "terms": rules,
        "opening": None,
        "collection": "active",
        "waivable": waivable,
        "events": posted,
    }


def overdue_events(
    until: date, *, amounts: tuple[str, ...] = ("4600.00", "5100.00", "3900.00")
) -> list[dict[str, str]]:
    """Purchases in the months before, a minimum paid once, and then nothing more."""
    first = until.replace(day=1) - timedelta(days=210)
    events = [
        {"date": (first + timedelta(days=30 * n)).isoformat(), "kind": "purchase", "amount": amount}
        for n, amount in enumerate(amounts)
    ]
    paid_on = first + timedelta(days=52)
    return sorted(
        [*events, {"date": paid_on.isoformat(), "kind": "payment", "amount": "600.00"}], key=lambda e: e["date"]
    )
