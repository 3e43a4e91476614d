"""Cards that a borrower brings: counted on, mended, paid, taken out; and a bank's word above one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

import bargain
import build
import interview
from cast import Cast, assemble
from heyue.application.cards import options
from heyue.application.plan import request_for
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.engine.budget import Budget
from heyue.engine.cost_ahead import months_ahead, pay_each_month, pay_nothing, pay_the_minimum
from heyue.engine.recommend import recommend
from heyue.engine.refusal import NotFound, Refusal
from heyue.evidence.models import Leaf
from heyue.faces.worker import own_cards as worker
from heyue.faces.worker.own_cards import count_cards_on
from heyue.journey import perform
from heyue.wallet import actions as wallet
from heyue.wallet import ahead, own_cards
from heyue.wallet import reads as wallets
from heyue.wallet.cost import request_of
from heyue.wallet.issuers import is_usual
from heyue.wallet.models import Card
from heyue.wallet.own_cards import Stated

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

DAY = date(2026, 11, 24)
STATED = Stated(
    bank="cmb",
    last4="2468",
    product="标准卡",
    stated_on=DAY,
    balance_fen=10_000_00,
    interest_fen=300_00,
    fee_fen=100_00,
    statement_day=5,
    due_day=23,
    overdue_since=date(2026, 10, 23),
)


@pytest.fixture
def cast() -> Cast:
    bargain.day(DAY)
    return assemble()


def test_a_card_by_hand_costs_what_the_engine_says_from_its_parts(cast: Cast) -> None:
    card = wallets.card(cast.lin, perform(cast.lin, own_cards.add_card, stated=STATED))
    assert (card.balance_fen, card.principal_fen, card.interest_fen, card.fee_fen) == (
        10_000_00, 9_600_00, 300_00, 100_00,
    )  # fmt: skip
    # 9,600.00 and 300.00 bear 0.05 % a day, each rounded: 4.80 + 0.15; the fee bears none.
    assert card.per_day_fen == 4_95
    assert card.days_overdue == 32
    assert card.bank.name == "招商银行"


def test_the_days_that_pass_are_counted_on_once(cast: Cast) -> None:
    card_id = perform(cast.lin, own_cards.add_card, stated=STATED)
    bargain.day(DAY + timedelta(days=10))
    assert count_cards_on() == 1
    card = wallets.card(cast.lin, card_id)
    # 9,600.00 × 10 days and 300.00 × 10 days at 0.05 %: 48.00 + 1.50 of days up to and including today's, not billed.
    assert (card.as_of, card.days_overdue) == (DAY + timedelta(days=10), 42)
    assert card.accrued_fen == 48_00 + 1_50 + 4_95
    assert count_cards_on() == 0


def test_a_card_that_cannot_be_counted_on_holds_no_other_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    amiss = perform(cast.lin, own_cards.add_card, stated=STATED)
    other = perform(cast.lin, own_cards.add_card, stated=replace(STATED, last4="7777"))
    Card.objects.filter(pk=amiss).update(terms={"statement_day": "no day"})
    monkeypatch.setattr(worker, "CARDS_AT_ONCE", 1)
    monkeypatch.setattr(worker, "_amiss", {})
    bargain.day(DAY + timedelta(days=10))
    assert [worker.count_cards_on() for _ in range(3)] == [0, 1, 0]
    assert Card.objects.get(pk=other).as_of == DAY + timedelta(days=10)
    bargain.day(DAY + timedelta(days=11))
    assert worker.count_cards_on() == 0
    assert worker.count_cards_on() == 1


def test_a_payment_that_is_noted_lowers_the_debt_and_can_be_taken_back(cast: Cast) -> None:
    card_id = perform(cast.lin, own_cards.add_card, stated=STATED)
    perform(cast.lin, own_cards.post, card_id=card_id, on=DAY, kind="payment", amount_fen=500_00)
    card = wallets.card(cast.lin, card_id)
    # Up to 90 days overdue interest and fees are paid before principal: 400.00 of them, then 100.00.
    assert (card.balance_fen, card.principal_fen, card.interest_fen) == (9_500_00, 9_500_00, 0)
    posting = card.activity.get()
    perform(cast.lin, own_cards.unpost, card_id=card_id, posting_id=posting.pk)
    assert wallets.card(cast.lin, card_id).balance_fen == 10_000_00


def test_what_cannot_stand_is_refused_at_its_field(cast: Cast) -> None:
    card_id = perform(cast.lin, own_cards.add_card, stated=STATED)
    refused = {
        "bank": replace(STATED, bank="no-bank"),
        "last4": STATED,
        "interest_fen": replace(STATED, last4="1357", interest_fen=11_000_00),
        "stated_on": replace(STATED, last4="1357", stated_on=DAY + timedelta(days=1)),
        "overdue_since": replace(STATED, last4="1357", overdue_since=DAY + timedelta(days=1)),
    }
    for field, stated in refused.items():
        with pytest.raises(Refusal) as refusal:
            perform(cast.lin, own_cards.add_card, stated=stated)
        assert refusal.value.field == field
    with pytest.raises(Refusal) as refusal:
        perform(
            cast.lin, own_cards.post, card_id=card_id, on=DAY - timedelta(days=1), kind="payment", amount_fen=1_00
        )  # fmt: skip
    assert refusal.value.code == "before-stated"
    assert [card.last4 for card in wallets.cards(cast.lin)] == ["2468"]


def test_a_card_is_mended_and_taken_out_and_the_ledger_tells_both(cast: Cast) -> None:
    card_id = perform(cast.lin, own_cards.add_card, stated=STATED)
    perform(cast.lin, own_cards.change_card, card_id=card_id, stated=replace(STATED, balance_fen=9_000_00))
    assert wallets.card(cast.lin, card_id).balance_fen == 9_000_00
    perform(cast.lin, own_cards.remove_card, card_id=card_id)
    assert not wallets.cards(cast.lin).exists()
    told = Leaf.objects.filter(subject_id=card_id).order_by("id").values_list("kind", "borrower_id")
    assert [kind for kind, _owner in told] == ["card.added", "card.changed", "card.removed"]
    assert {owner for _kind, owner in told} == {cast.lin.person_id}


def test_a_stranger_reaches_no_verb_of_the_card(cast: Cast) -> None:
    card_id = perform(cast.lin, own_cards.add_card, stated=STATED)
    acts = (
        (own_cards.change_card, {"stated": STATED}),
        (own_cards.remove_card, {}),
        (own_cards.post, {"on": DAY, "kind": "payment", "amount_fen": 1_00}),
        (own_cards.unpost, {"posting_id": 1}),
    )
    for verb, values in acts:
        with pytest.raises(NotFound):
            perform(cast.zhao, verb, card_id=card_id, **values)
    with pytest.raises(NotFound):
        wallets.card(cast.zhao, card_id)
    assert wallets.card(cast.lin, card_id).balance_fen == 10_000_00


def test_a_feeds_card_cannot_be_changed_by_hand(cast: Cast) -> None:
    (card,) = build.cards(cast.lin, cast.bank_a, build.card_told())
    with pytest.raises(NotFound):
        perform(cast.lin, own_cards.remove_card, card_id=card.pk)
    with pytest.raises(NotFound):
        wallets.own_card(cast.lin, card.pk)


def test_where_the_bank_tells_of_the_same_card_the_banks_word_stands(cast: Cast) -> None:
    own_id = perform(cast.lin, own_cards.add_card, stated=replace(STATED, bank=cast.bank_a.slug, last4="6612"))
    build.cards(cast.lin, cast.bank_a, build.card_told(last4="6612"))
    (shown,) = wallets.cards(cast.lin)
    assert (shown.is_own, shown.last4) == (False, "6612")
    twin = wallets.own_twin(cast.lin, shown)
    assert twin is not None
    assert twin.pk == own_id
    perform(cast.lin, wallet.unbind, link_id=shown.link_id)
    assert [card.pk for card in wallets.cards(cast.lin)] == [own_id]


def test_own_cards_stand_beside_a_feeds_for_one_bank_as_one_debt(cast: Cast) -> None:
    build.cards(cast.lin, cast.bank_a, build.card_told(last4="6612"))
    perform(cast.lin, own_cards.add_card, stated=replace(STATED, bank=cast.bank_a.slug))
    (debt,) = wallets.by_bank(cast.lin)
    assert {card.last4 for card in debt.cards} == {"6612", "2468"}
    assert debt.link is not None


def test_an_own_card_can_be_chosen_and_planned_as_any(cast: Cast) -> None:
    perform(cast.lin, own_cards.add_card, stated=STATED)
    debts = wallets.by_bank(cast.lin)
    assert [option.may_be_chosen for bank in options(debts, frozenset()) for option in bank.cards] == [True]
    menus = {debt.bank.pk: menu for debt in debts if (menu := banks.menu(debt.bank.pk, DAY))}
    request = request_for(Budget((800_00,), (), 0), debts, menus, [], DAY)
    assert recommend(request)["feasible"]


def test_a_bank_of_the_directory_is_registered_once(cast: Cast) -> None:
    perform(cast.lin, own_cards.add_card, stated=STATED)
    perform(cast.zhao, own_cards.add_card, stated=STATED)
    bank = Bank.objects.get(slug="cmb")
    assert (bank.channel, bank.base_url, bank.hotline) == (Bank.Channel.PHONE, "", "400-820-5555")
    assert [(policy.grade, is_usual(policy, DAY)) for policy in bank.policies.all()] == [("C", True)]


def test_a_feed_is_read_again_when_its_holder_asks_but_not_every_second(cast: Cast) -> None:
    (card,) = build.cards(cast.lin, cast.bank_a, build.card_told())
    assert card.link_id is not None
    perform(cast.lin, wallet.sync_now, link_id=card.link_id)
    assert not wallets.to_sync().exists()  # it was read this very moment
    with pytest.raises(NotFound):
        perform(cast.zhao, wallet.sync_now, link_id=card.link_id)


# ── where it goes from here ────────────────────────────────────────────────────────────────────────────


def test_the_first_minimum_ahead_is_the_next_statements(cast: Cast) -> None:
    card = wallets.card(cast.lin, perform(cast.lin, own_cards.add_card, stated=STATED))
    first, *_rest = months_ahead(request_of(card), 2, pay_the_minimum)
    # 5 December: interest 300.00 and 11 days of 4.95 a day (52.80 + 1.65), the fee, a tenth of the principal.
    assert first.charged_fen == 52_80 + 1_65
    assert first.minimum_fen == 300_00 + 54_45 + 100_00 + 960_00
    assert first.owed_fen == 10_000_00 + 54_45 - first.minimum_fen


def test_paying_nothing_is_dearest_and_a_fixed_sum_ends(cast: Cast) -> None:
    card = wallets.card(cast.lin, perform(cast.lin, own_cards.add_card, stated=STATED))
    months = 36
    nothing = months_ahead(request_of(card), months, pay_nothing)
    fixed = months_ahead(request_of(card), months, pay_each_month(1_000_00))
    assert nothing[-1].owed_fen > card.balance_fen
    assert fixed[-1].owed_fen == 0
    assert len(fixed) < months
    assert sum(month.paid_fen for month in fixed) == card.balance_fen + sum(month.charged_fen for month in fixed)


def test_courses_of_several_cards_add_up(cast: Cast) -> None:
    for last4 in ("2468", "1357"):
        perform(cast.lin, own_cards.add_card, stated=replace(STATED, last4=last4))
    cards = list(wallets.cards(cast.lin))
    one, both = ahead.at_minimum(cards[:1], 12), ahead.at_minimum(cards, 12)
    assert one is not None
    assert both is not None
    assert both.owed_fen == tuple(2 * owed for owed in one.owed_fen)


def test_instalments_come_from_the_banks_menu_or_are_said_to_be_an_estimate(cast: Cast) -> None:
    perform(cast.lin, own_cards.add_card, stated=STATED)
    cards = list(wallets.cards(cast.lin))
    granted = ahead.in_instalments(cards, bargain.MENU, 36, DAY)
    guessed = ahead.in_instalments(cards, None, 36, DAY)
    assert granted is not None
    assert guessed is not None
    assert (granted.of_menu, guessed.of_menu) == (True, False)
    # A flat fee of 0.3 % a month on 10,000.00 for 36 months is 1,080.00.
    assert granted.course.cost_fen == 1_080_00
    assert guessed.course.cost_fen == 0
    assert ahead.in_instalments(cards, bargain.MENU, 37, DAY) is None


def test_an_own_card_goes_all_the_way_into_an_application(cast: Cast) -> None:
    card = wallets.card(cast.lin, perform(cast.lin, own_cards.add_card, stated=STATED))
    talk = interview.planned(interview.Interview(cast, card, card, card))
    interview.prove(talk)
    interview.submit(talk, bank_ids={card.bank_id})
    (debt,) = talk.row().debts.all()
    assert (debt.bank.slug, debt.balance_fen, debt.days_overdue) == ("cmb", 10_000_00, 32)
    (part,) = debt.structure
    assert (part["last4"], part["principal_fen"], part["interest_fen"], part["fee_fen"]) == (
        "2468", 9_600_00, 300_00, 100_00,
    )  # fmt: skip
