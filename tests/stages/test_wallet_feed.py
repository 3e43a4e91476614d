"""What a bank's feed tells is kept as it stands now: cards that went, links that ended, sums that add up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

import bargain
import build
from cast import Cast, assemble
from heyue import clock
from heyue.banks.models import BankPolicy
from heyue.dispatch.paper_facts import debt_of
from heyue.documents.plan import Debt as PaperDebt
from heyue.engine.money import fen, yuan
from heyue.engine.moves import PLATFORM
from heyue.gateway import examples, wire
from heyue.identity import actions as identity
from heyue.identity.models import Consent
from heyue.journey import perform
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from heyue.wallet.models import AccountLink

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def cast() -> Cast:
    bargain.day(bargain.BASE_DAY)
    return assemble()


def tell(link: AccountLink, *told: dict[str, object]) -> None:
    perform(PLATFORM, wallet.record_feed, link_id=link.pk, cards=list(told), events=[])


def test_a_card_that_the_bank_no_longer_tells_is_no_longer_shown_and_holds_up_nothing(cast: Cast) -> None:
    stays, goes = build.card_told("6612"), build.card_told("7713")
    cards = build.cards(cast.lin, cast.bank_a, stays, goes)
    bargain.day(date(2026, 11, 20))
    tell(cards[0].link, build.card_told("6612"))
    assert [card.last4 for card in wallets.cards(cast.lin)] == ["6612"]
    assert wallets.known_through(cast.lin_person.pk, cast.bank_a.pk) == date(2026, 11, 20)


def test_a_card_that_comes_back_is_the_same_card(cast: Cast) -> None:
    told = build.card_told("6612"), build.card_told("7713")
    before = {card.pk for card in build.cards(cast.lin, cast.bank_a, *told)}
    link = wallets.links(cast.lin).get()
    tell(link, told[0])
    tell(link, *told)
    assert {card.pk for card in wallets.cards(cast.lin)} == before


def test_a_link_made_while_the_consent_was_taken_back_is_ended_at_the_bank(cast: Cast) -> None:
    bank_id = cast.bank_a.pk
    perform(cast.lin, identity.give_consent, bank_id=bank_id, purpose=Consent.Purpose.ACCOUNTS.value)
    link_id = perform(cast.lin, wallet.ask_bank, bank_id=bank_id)
    perform(cast.lin, wallet.unbind, link_id=link_id)
    perform(PLATFORM, wallet.record_linked, link_id=link_id, link_ref="link-7")
    link = wallets.to_sync().get(pk=link_id)
    assert (wallets.next_call(link), link.link_ref) == ("end", "link-7")
    assert not wallets.links(cast.lin).exists()


def test_a_card_whose_parts_do_not_add_up_is_not_believed() -> None:
    told = examples.CARD
    wire.Card.model_validate(told)
    with pytest.raises(ValidationError, match="balance"):
        wire.Card.model_validate(told | {"balance": yuan(fen(told["balance"]) + 1)})


def test_what_is_overpaid_is_taken_off_the_debt_so_that_its_paper_can_be_set(cast: Cast) -> None:
    for bank in (cast.bank_a, cast.bank_b):
        told = build.card_told(f"{bank.colour}612", waivable="300.00")
        owed = told["owed"]
        told["owed"] = owed | {"principal": yuan(fen(owed["principal"]) + 50_00), "credit": "50.00"}
        build.cards(cast.lin, bank, told)
        BankPolicy.objects.create(bank=bank, menu=bargain.MENU, effective_from=date(2026, 1, 1), source="test")
    deal = bargain.passed(bargain.submitted(cast))
    paper = debt_of(bargain.dispatches.dispatch(cast.lin, deal.id_at(cast.bank_a)).debt)
    assert isinstance(paper, PaperDebt)


def test_a_feed_is_stale_a_day_later(cast: Cast) -> None:
    build.cards(cast.lin, cast.bank_a, build.card_told())
    assert not wallets.to_sync().exists()
    bargain.day(clock.today() + timedelta(days=1))
    assert wallets.to_sync().count() == 1
