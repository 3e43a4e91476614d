"""Builders for the interview: Lin with cards at two banks, what she types, and her draft at each step."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import unescape
from typing import Any
from uuid import UUID

from django.test import Client
from PIL import Image

import bargain
import build
from cast import Cast, assemble
from heyue import clock
from heyue.application import actions, answers, reads
from heyue.application.models import Application
from heyue.application.plan import budget_of, request_for
from heyue.application.proofs import StoredProof, take_in
from heyue.banks.models import BankPolicy
from heyue.engine.moves import Actor
from heyue.engine.recommend import recommend
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.wallet.models import Card
from heyue.wallet.reads import by_bank

STORY = "今年三月起工时减半，工资少了一半。\n六月找到夜班，收入稳住了。"
TYPED: dict[str, dict[str, Any]] = {
    "income": {"wage": "6,000"},
    "expenses": {"food": "1500", "housing": "1500", "dependants": "1", "reserve": "200", "savings": "2000"},
    "hardship": {"kind": "income-cut", "story": STORY},
    "wish": {"periods": "36", "monthly": "900"},
}


@dataclass
class Interview:
    """Everybody, with Lin's cards: one at bank A, one at bank B, and one at bank A on which nothing is owed."""

    cast: Cast
    card_a: Card
    card_b: Card
    card_paid: Card

    @property
    def lin(self) -> Actor:
        """Lin, who applies."""
        return self.cast.lin

    def row(self) -> Application:
        """Lin's newest application as it stands now."""
        found = reads.latest(self.lin)
        assert found is not None
        return found

    def answers(self) -> dict[str, Any]:
        """What Lin's newest application holds."""
        return reads.answers(self.lin, self.row())

    def save(self, part: str, values: dict[str, Any]) -> None:
        """Save one part as it was typed."""
        cleaned = answers.clean(part, values)
        perform(self.lin, actions.save_answers, application_id=self.row().pk, part=part, values=cleaned)

    def cards(self) -> dict[str, Any]:
        """Both cards on which something is owed."""
        return {"ids": [str(self.card_a.pk), str(self.card_b.pk)]}


def begin(*, policies: bool = True) -> Interview:
    """Lin has cards and has begun nothing yet."""
    bargain.day(bargain.BASE_DAY)
    cast = assemble()
    if policies:
        for bank in (cast.bank_a, cast.bank_b):
            BankPolicy.objects.create(
                bank=bank, menu=bargain.MENU, effective_from=bargain.BASE_DAY.replace(month=1, day=1), source="test"
            )
    told = build.card_told(last4="6612", waivable="300.00"), build.card_told(last4="9900", events=[])
    card_a, card_paid = build.cards(cast.lin, cast.bank_a, *told)
    (card_b,) = build.cards(cast.lin, cast.bank_b, build.card_told(last4="2203", waivable="300.00"))
    return Interview(cast, card_a, card_b, card_paid)


def started(talk: Interview | None = None) -> Interview:
    """The application is begun, nothing is answered."""
    talk = talk or begin()
    perform(talk.lin, actions.start)
    return talk


def answered(talk: Interview | None = None) -> Interview:
    """All questions before the plan are answered."""
    talk = started(talk)
    talk.save("cards", talk.cards())
    for part, values in TYPED.items():
        talk.save(part, values)
    return talk


def planned(talk: Interview | None = None, name: str = "lowest_burden") -> Interview:
    """A recommended plan is chosen."""
    talk = answered(talk)
    solve(talk)
    talk.save("plan", {"name": name})
    return talk


def solve(talk: Interview) -> dict[str, Any]:
    """Recommend, keep it, and return the request."""
    row, said = talk.row(), talk.answers()
    debts = by_bank(talk.lin, actions.chosen_cards(said))
    budget = budget_of(said)
    request = request_for(budget, debts, {d.bank.pk: bargain.MENU for d in debts}, [], clock.today())
    perform(
        talk.lin,
        actions.keep_recommendation,
        application_id=row.pk,
        request=request,
        answer=recommend(request),
        affordable_fen=budget.monthly_fen[0],
        savings_fen=budget.savings_fen,
        answers_version=row.answers_version,
    )
    return request


def ready(talk: Interview | None = None) -> Interview:
    """Everything is there to be handed in."""
    talk = planned(talk)
    prove(talk)
    return talk


def handed_in(talk: Interview | None = None) -> Interview:
    """Submitted."""
    talk = ready(talk)
    submit(talk)
    return talk


def submit(talk: Interview, **changes: Any) -> None:
    """Hand in with every tick, unless ``changes`` say otherwise."""
    values: dict[str, Any] = {
        "application_id": talk.row().pk,
        "declared_true": True,
        "bank_ids": {talk.cast.bank_a.pk, talk.cast.bank_b.pk},
    }
    perform(talk.lin, actions.submit, **(values | changes))


def picture(colour: str = "white", size: tuple[int, int] = (600, 400), kind: str = "PNG", **more: Any) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **more)
    return out.getvalue()


def stored(talk: Interview, kind: str = "identity", content: bytes | None = None) -> StoredProof:
    """A proof that was taken in and belongs to no application yet."""
    person_id = talk.lin.person_id
    assert person_id is not None
    return take_in(person_id, kind, "身份证.png", content or picture())


def prove(talk: Interview, kind: str = "identity", content: bytes | None = None) -> UUID:
    """Add one proof to Lin's application; its id."""
    proof = stored(talk, kind, content)
    return perform(talk.lin, actions.add_proof, application_id=talk.row().pk, stored=proof)


def phone_of(actor: Actor, **kwargs: Any) -> Client:
    """A browser in which this borrower is signed in."""
    browser = Client(**kwargs)
    assert actor.person_id is not None
    browser.force_login(people.account(actor.person_id))
    return browser


def page(browser: Client, path: str, **values: Any) -> str:
    """The page at this address, with a status of 200."""
    answer = browser.get(path, **values)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return unescape(answer.content.decode())


def sent(browser: Client, path: str, values: dict[str, Any]) -> str:
    """Where a post that was taken leads."""
    answer = browser.post(path, values)
    assert answer.status_code == 302, unescape(answer.content.decode())
    return answer.headers["Location"]


def refused(browser: Client, path: str, values: dict[str, Any]) -> str:
    """The page that a post with something wrong leads to."""
    answer = browser.post(path, values)
    assert answer.status_code == 200
    return unescape(answer.content.decode())
