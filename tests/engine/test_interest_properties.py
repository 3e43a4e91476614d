"""What holds for every account: no sum below zero, time and money never cost more, the order of events is nothing."""

import random
from datetime import timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account, cost
from heyue.engine.money import fen, yuan
from tests.engine.test_interest import START, requests

DAYS_BEFORE_THE_TURN = 90


@st.composite
def plain_accounts(draw: st.DrawFn) -> dict[str, Any]:
    """Purchases and payments of less than ninety days, before any set-off can turn."""
    terms = {
        "daily_rate": "0.0005",
        "method": draw(st.sampled_from(("full", "partial"))),
        "statement_day": draw(st.sampled_from((1, 5, 28, 31))),
        "due_after_days": draw(st.sampled_from((15, 20))),
        "late_fee_ratio": draw(st.sampled_from(("0", "0.05"))),
        "compound": draw(st.booleans()),
    }
    event = st.fixed_dictionaries(
        {
            "date": st.integers(0, DAYS_BEFORE_THE_TURN).map(lambda days: (START + timedelta(days=days)).isoformat()),
            "kind": st.sampled_from(("purchase", "payment")),
            "amount": st.integers(1_00, 5_000_00).map(yuan),
        }
    )
    return {
        "terms": terms,
        "events": draw(st.lists(event, min_size=1, max_size=8)),
        "until": (START + timedelta(days=DAYS_BEFORE_THE_TURN)).isoformat(),
    }


def lines_of(answer: dict[str, Any]) -> int:
    return sum(len(statement["lines"]) for statement in answer["statements"])


def rounding(*answers: dict[str, Any]) -> int:
    """A fen for each line (the accrued ones too) and late fee of either answer."""
    return sum(2 * lines_of(answer) + 2 * len(answer["statements"]) + 8 for answer in answers)


@settings(max_examples=80, deadline=None)
@given(requests())
def test_no_sum_but_a_balance_is_below_zero(asked: dict[str, Any]) -> None:
    try:
        answer = account(asked)
    except BadInput:
        return
    for statement in answer["statements"]:
        sums = (statement["minimum_payment"], statement["interest"], statement["late_fee"])
        assert all(fen(one) >= 0 for one in sums)
        assert fen(statement["interest"]) == sum(fen(line["interest"]) for line in statement["lines"])
        assert fen(statement["minimum_payment"]) <= max(0, fen(statement["balance"]))
    assert fen(answer["accrued"]) >= 0


@settings(max_examples=120, deadline=None)
@given(plain_accounts(), st.integers(0, DAYS_BEFORE_THE_TURN), st.integers(1_00, 5_000_00))
def test_paying_more_never_costs_more(asked: dict[str, Any], day: int, amount_fen: int) -> None:
    payment = {"date": (START + timedelta(days=day)).isoformat(), "kind": "payment", "amount": yuan(amount_fen)}
    less, more = account(asked), account({**asked, "events": [*asked["events"], payment]})
    assert cost(more) <= cost(less) + rounding(less, more)


@settings(max_examples=120, deadline=None)
@given(plain_accounts(), st.integers(1, 40))
def test_paying_earlier_never_costs_more(asked: dict[str, Any], days: int) -> None:
    at = next((index for index, event in enumerate(asked["events"]) if event["kind"] == "payment"), None)
    assume(at is not None)
    # What is paid before a statement does not count towards its minimum, so a late fee may rise: decision 0002.
    assume(asked["terms"]["late_fee_ratio"] == "0")
    events = [dict(event) for event in asked["events"]]
    earlier = max(START, _day(events[at]["date"]) - timedelta(days=days))
    events[at]["date"] = earlier.isoformat()
    late, early = account(asked), account({**asked, "events": events})
    # An earlier first event may make an earlier first statement; the account is then another one.
    assume([one["date"] for one in late["statements"]] == [one["date"] for one in early["statements"]])
    assert cost(early) <= cost(late) + rounding(late, early)


def _day(text: str) -> Any:
    return type(START).fromisoformat(text)


@settings(max_examples=80, deadline=None)
@given(requests(), st.randoms(use_true_random=False))
def test_splitting_a_purchase_changes_at_most_the_rounding(asked: dict[str, Any], chance: random.Random) -> None:
    assume(asked["terms"]["tolerance"] == "0")
    events = []
    for event in asked["events"]:
        amount_fen = fen(event["amount"])
        if event["kind"] == "purchase" and amount_fen > 1:
            part_fen = chance.randrange(1, amount_fen)
            events.append({**event, "amount": yuan(part_fen)})
            events.append({**event, "amount": yuan(amount_fen - part_fen)})
        else:
            events.append(event)
    try:
        whole, split = account(asked), account({**asked, "events": events})
    except BadInput:
        return
    assume(asked["terms"]["daily_rate"] != "0.01")
    assert abs(cost(whole) - cost(split)) <= rounding(whole, split)


@settings(max_examples=60, deadline=None)
@given(plain_accounts())
def test_paying_every_statement_in_full_by_its_due_date_costs_nothing(asked: dict[str, Any]) -> None:
    events = [event for event in asked["events"] if event["kind"] == "purchase"]
    for _ in range(6):
        answer = account({**asked, "events": events})
        paid = {event["date"] for event in events if event["kind"] == "payment"}
        open_ones = [one for one in answer["statements"] if fen(one["balance"]) > 0 and one["due_date"] not in paid]
        if not open_ones:
            break
        first = open_ones[0]
        events = [*events, {"date": first["due_date"], "kind": "payment", "amount": first["balance"]}]
    assert cost(answer) == 0


@settings(max_examples=80, deadline=None)
@given(requests(), st.randoms(use_true_random=False))
def test_the_order_of_events_of_different_days_is_nothing(asked: dict[str, Any], chance: random.Random) -> None:
    days = list({event["date"]: None for event in asked["events"]})
    chance.shuffle(days)
    shuffled = [event for day in days for event in asked["events"] if event["date"] == day]
    try:
        answer = account(asked)
    except BadInput:
        return
    assert account({**asked, "events": shuffled}) == answer
