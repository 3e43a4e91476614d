"""The people of a soak: borrowers, each with a card at every bank, and what each does when it is their turn."""

import functools
import random
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import uuid6
from django.db.models import Model
from soak_banks import SandboxBank

import bargain
import build
from heyue import clock
from heyue.agreement import actions as agreement
from heyue.agreement.models import Agreement
from heyue.agreement.states import State as Signing
from heyue.application import proofs
from heyue.banks.models import Bank, OutboundMessage
from heyue.dispatch import actions as dispatch
from heyue.dispatch.models import Dispatch
from heyue.dispatch.states import State as Sending
from heyue.engine.moves import PLATFORM, Actor, Role
from heyue.engine.refusal import Refusal
from heyue.engine.schedule import build as build_schedule
from heyue.evidence.models import Leaf
from heyue.identity import actions as identity
from heyue.identity.models import Person
from heyue.identity.reads import account, in_full
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation
from heyue.negotiation.states import State
from heyue.negotiation.terms import Put
from heyue.review import actions as review
from heyue.review import reads as reviews
from heyue.wallet.models import AccountLink
from sandbox_bank.portfolio import id_number

Row = TypeVar("Row", bound=Model)
AMOUNTS = (("4600.00", "5100.00", "3900.00"), ("8100.00", "2200.00", "5400.00"), ("12600.00", "900.00", "7300.00"))
PAPER = b"%PDF-1.7 a paper of the soak"
WISHES = (12, 24, 36, 48)  # every bank of the soak has them


def person(number: int) -> dict[str, str]:
    """One invented borrower."""
    born = f"{1960 + number % 40}0{number % 9 + 1}{number // 400 % 20 + 1:02d}"
    return {
        "name": f"浸泡{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
        "id_number": id_number(f"110101{born}{number % 1000:03d}"),
        "phone": f"139{number:08d}",
    }


def kept_card(number: int, today: date) -> dict[str, Any]:
    """One of the soak's few cards: the banks' figures for them are worked out once."""
    if number not in _CARDS:
        events = build.overdue_events(today, amounts=AMOUNTS[number])
        told = build.card_told(events=events, as_of=today)
        told["waivable"] = told["owed"]["fee"]
        _CARDS[number] = told
    return _CARDS[number]


_CARDS: dict[int, dict[str, Any]] = {}
proofs.washed = functools.cache(proofs.washed)  # all hand in the same white sheet; each washing is a process of its own


def arrive(number: int, banks: list[SandboxBank]) -> None:
    """A borrower signs up, binds every bank's card, applies at all of them, and is let through."""
    who = person(number)
    lin = build.borrower(who["phone"], who["name"], who["id_number"])
    chance = random.Random(number)  # noqa: S311 - the same borrowers each time
    card = kept_card(chance.randrange(len(AMOUNTS)), clock.today())
    rows = {row.slug: row for row in Bank.objects.all()}
    for one in banks:
        one.add_customer(who, card, _token(one.slug, number))
    _bind(lin, [rows[one.slug] for one in banks], card, number)
    menus = {rows[one.slug].pk: one.facts["policy"] for one in banks}
    application_id = bargain.handed_in(lin, menus, wage="9000", periods=chance.choice(WISHES))
    reviewer = Actor(Role.REVIEWER, Person.objects.get(login="soak-reviewer").pk)
    review_id = reviews.visible(reviewer).get(application_id=application_id).pk
    perform(reviewer, review.take, review_id=review_id)
    perform(reviewer, review.pass_, review_id=review_id)
    for row in Dispatch.objects.filter(application_id=application_id, state=Sending.QUEUED):
        perform(PLATFORM, dispatch.attach_form, dispatch_id=row.pk, pdf=PAPER + str(row.pk).encode())


def _token(slug: str, number: int) -> str:
    return f"{slug}-{number:05d}"


def _bind(lin: Actor, banks: list[Bank], card: dict[str, Any], number: int) -> None:
    """Bind the first bank's card by the verbs, and every other bank's by a copy of its rows."""
    events = [dict(event) for event in card["events"]]
    (first,) = build.cards(lin, banks[0], {**card, "token": _token(banks[0].slug, number), "events": events})
    link = AccountLink.objects.select_related("consent").get(pk=first.link_id)
    consents, links, cards = [], [], []
    for bank in banks[1:]:
        consents.append(_copied(link.consent, bank_id=bank.pk))
        links.append(_copied(link, bank_id=bank.pk, consent_id=consents[-1].pk, link_ref=f"link-{bank.slug}"))
        cards.append(_copied(first, bank_id=bank.pk, link_id=links[-1].pk, token=_token(bank.slug, number)))
    for made in (consents, links, cards):
        type(made[0])._default_manager.bulk_create(made) if made else None


def _copied(row: Row, **changes: Any) -> Row:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**values | {"id": uuid6.uuid7()} | changes)


def answer(negotiation_id: UUID, seed: int) -> str:
    """What the borrower does with an offer, or with an agreement to sign; the same for one seed and negotiation."""
    row = Negotiation.objects.select_related("offer").get(pk=negotiation_id)
    chance = random.Random(f"{seed} {row.dispatch.number} {row.state} {row.offers.count()}")  # noqa: S311 - the same each time
    lin = Actor(Role.BORROWER, row.borrower_id)
    try:
        if row.state == State.OFFERED:
            return _answer_offer(lin, row, chance)
        if row.state == State.AGREED:
            return _sign(lin, row, chance)
    except Refusal as refused:
        return f"refused: {refused.code}"
    return "nothing to do"


def _answer_offer(lin: Actor, row: Negotiation, chance: random.Random) -> str:
    countered = row.offers.filter(by="borrower").exists()
    what = chance.choices(("accept", "counter", "decline", "end", "wait"), (60, 0 if countered else 18, 8, 8, 6))[0]
    offer = row.offer
    if offer is None:
        return "nothing to do"
    if what == "accept":
        perform(lin, borrower_acts.accept_offer, negotiation_id=row.pk, offer_id=offer.pk)
    elif what == "decline":
        perform(lin, borrower_acts.decline_offer, negotiation_id=row.pk, offer_id=offer.pk, reason="还不起")
    elif what == "end":
        perform(lin, borrower_acts.end, negotiation_id=row.pk)
    elif what == "counter":
        terms = {**offer.terms, "periods": chance.choice([n for n in WISHES if n != offer.terms["periods"]])}
        put = Put(terms, offer.waived_fen, offer.interest_after, None, build_schedule(terms).hash)
        perform(lin, borrower_acts.counter, negotiation_id=row.pk, put=put)
    return what


def _sign(lin: Actor, row: Negotiation, chance: random.Random) -> str:
    drawn = Agreement.objects.filter(negotiation=row).order_by("-drawn_at").first()
    if drawn is None or drawn.state != Signing.AWAITING_BORROWER:
        return "nothing to do"
    what = chance.choices(("sign", "cancel", "leave"), (88, 6, 6))[0]
    if what == "sign":
        perform(lin, identity.ask_signing_code, document_sha256=drawn.sha256)
        code = build.last_code(person(_number_of(lin))["phone"])
        perform(lin, agreement.sign, agreement_id=drawn.pk, document_sha256=drawn.sha256, code=code)
    elif what == "cancel":
        perform(lin, agreement.cancel, agreement_id=drawn.pk)
    return what


def _number_of(lin: Actor) -> int:
    return int(in_full(account(lin.me)).phone[3:])


def draw(agreement_id: UUID) -> None:
    """Lay the agreement's paper before the borrower; the soak's papers are not typeset."""
    perform(PLATFORM, agreement.attach_document, agreement_id=agreement_id, pdf=PAPER + str(agreement_id).encode())


def open_on_the_platform() -> dict[str, int]:
    """How much is still on its way on the platform's side."""
    from heyue.banks.models import InboundMessage
    from heyue.deadlines import due_now

    out = OutboundMessage.objects
    return {
        "to send": out.filter(delivery="waiting").count(),
        "to ask": out.filter(delivery="delivered", fate="").exclude(kind="application").count(),
        "to judge": InboundMessage.objects.filter(judgement="waiting").count(),
        "waits": due_now().count(),
    }


def leaves() -> int:
    """How many leaves the ledger has."""
    return Leaf.objects.count()
