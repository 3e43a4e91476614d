"""A bank edits its policy: checked by the engine, tried on past cases, approved by another, in effect from its day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

import bargain
import build
from at_desk import desk_of
from bargain import MENU, Bargain
from cast import PASSWORD, Cast
from heyue import clock
from heyue.banks import reads as banks
from heyue.banks.limits import Limits, limits_on
from heyue.banks.models import BankPolicy
from heyue.casework import policy_acts
from heyue.casework.models import PolicyDraft
from heyue.casework.policy_preview import try_on_past_cases
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.journey import perform

pytestmark = pytest.mark.django_db
ADDRESS = "/desk/policy"


@pytest.fixture
def deal() -> Bargain:
    """Lin's application with both banks' receipts."""
    return bargain.received()


@pytest.fixture
def cast(deal: Bargain) -> Cast:
    return deal.cast


@pytest.fixture
def colleague(cast: Cast) -> Actor:
    """A second officer of bank A."""
    return build.staff(Role.OFFICER, "qian", "钱进", "A-0102", cast.bank_a, password=PASSWORD)


def typed(**changed: str) -> dict[str, str]:
    """The form filled in, with some of it changed."""
    return {
        "method": "flat_fee",
        "rate_name": "monthly_rate",
        "rate": "0.2",
        "periods": "12，24、36",
        "downs": "0, 10",
        "waivers": "0, 100",
        "minimum": "50",
        "due_day": "18",
        "alone_balance": "20,000",
        "alone_waived": "",
        "alone_periods": "24",
        "effective_from": (clock.today() + timedelta(days=10)).isoformat(),
        "reason": "年底放宽期数",
        **changed,
    }


def write(cast: Cast, day: date, **menu: Any) -> PolicyDraft:
    """Officer A writes a change of the standing menu."""
    values = {"limits": Limits(periods_max=12), "effective_from": day, "reason": "试一试"}
    draft_id = perform(cast.officer_a, policy_acts.write_policy, menu={**MENU, **menu}, **values)
    return PolicyDraft.objects.get(pk=draft_id)


def test_a_change_is_written_sent_and_approved_and_stands_from_its_day_on(cast: Cast, colleague: Actor) -> None:
    browser, second = desk_of(cast.officer_a), desk_of(colleague)
    for _twice in range(2):
        assert browser.post(ADDRESS, typed(keep="1")).status_code == 302
    (draft,) = PolicyDraft.objects.all()
    assert draft.menu["periods"] == [12, 24, 36]
    assert draft.menu["down_payment_ratios"] == ["0", "0.1"]
    assert draft.menu["monthly_rate"] == "0.002"
    assert draft.limits == {"balance_fen_max": 20_000_00, "waived_fen_max": None, "periods_max": 24}
    assert "年底放宽期数" in browser.get(ADDRESS).content.decode()
    assert browser.post(f"{ADDRESS}/{draft.pk}/send").status_code == 302
    own = browser.post(f"{ADDRESS}/{draft.pk}/approve", follow=True).content.decode()
    assert "另一位同事复核" in own
    assert desk_of(cast.officer_b).post(f"{ADDRESS}/{draft.pk}/approve").status_code == 404
    assert BankPolicy.objects.filter(bank=cast.bank_a).count() == 1
    assert "同意了" in second.post(f"{ADDRESS}/{draft.pk}/approve", follow=True).content.decode()
    second.post(f"{ADDRESS}/{draft.pk}/approve")
    assert BankPolicy.objects.filter(bank=cast.bank_a).count() == 2
    eve = draft.effective_from - timedelta(days=1)
    assert banks.menu(cast.bank_a.pk, eve) == MENU
    assert limits_on(cast.bank_a.pk, eve) == Limits()
    assert banks.menu(cast.bank_a.pk, draft.effective_from) == draft.menu
    assert limits_on(cast.bank_a.pk, draft.effective_from).periods_max == 24
    assert banks.menu(cast.bank_b.pk, draft.effective_from) == MENU
    (leaf,) = Leaf.objects.filter(kind="policy-draft.approved")
    assert (leaf.actor_id, leaf.bank_id) == (colleague.person_id, cast.bank_a.pk)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"periods": "十二"}, "填期数，用逗号隔开"),
        ({"periods": "12, 72"}, "期数不能超过 60 期"),
        ({"downs": "0, 120"}, "填 0 到 100 之间的百分数"),
        ({"rate": "很低"}, "填百分数"),
        ({"effective_from": "2026-11-16"}, "生效日要在今天以后"),
        ({"reason": ""}, "写明为什么改"),
        ({"due_day": "32"}, "填 1 到 31"),
    ],
)
def test_what_the_engine_or_the_law_refuses_comes_back_at_its_field(
    cast: Cast, changed: dict[str, str], said: str
) -> None:
    answer = desk_of(cast.officer_a).post(ADDRESS, typed(keep="1", **changed))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert said in page
    assert "20,000" in page  # what was typed is kept
    assert not PolicyDraft.objects.exists()


def test_all_that_is_wrong_is_told_at_once_each_at_its_field_in_the_officers_language(cast: Cast) -> None:
    browser = desk_of(cast.officer_a)
    browser.post("/desk/size", {"language": "en", "next": "/desk/"})
    many = {"periods": ", ".join(map(str, range(1, 16))), "downs": "0, 5, 10, 15", "waivers": "0, 50, 80, 100"}
    for changed, fields in (
        ({"downs": "0, 120", "waivers": "150", "periods": "0, 12"}, {"downs", "waivers", "periods"}),
        ({"periods": "12, 72"}, {"periods"}),
        (many, {"periods"}),
        ({"method": "magic", "rate_name": "weekly", "alone_periods": "-1"}, {"method", "rate_name", "alone_periods"}),
    ):
        page = browser.post(ADDRESS, typed(keep="1", **changed)).content.decode()
        told = dict(re.findall(r'id="policyform_(\w+)_error">.*?<span>(.*?)</span>', page))
        assert told.keys() == fields, changed
        assert not re.search("[一-鿿]", "".join(told.values())), told
    assert "240 combinations" in browser.post(ADDRESS, typed(keep="1", **many)).content.decode()


def test_a_change_is_tried_on_past_cases_under_the_policy_of_their_own_day(deal: Bargain, cast: Cast) -> None:
    shown = desk_of(cast.officer_a).post(ADDRESS, {**typed(), "try": "1"}).content.decode()
    assert "过去的 1 件" in shown
    assert not PolicyDraft.objects.exists()
    tried = try_on_past_cases(cast.officer_a, {**MENU, "periods": [12]}, Limits(periods_max=6))
    assert (tried.cases, tried.then.some, tried.now.some) == (1, 1, 1)
    assert (tried.then.within_asked, tried.now.within_asked) == (1, 0)  # what was asked stands in 60 instalments
    assert (tried.then.alone, tried.now.alone) == (1, 0)
    assert tried.lines == [(12, 1, 1), (24, 1, 0), (36, 1, 0), (48, 1, 0), (60, 1, 0)]
    # A policy that came after the case does not change what the case would have got then.
    BankPolicy.objects.filter(bank=cast.bank_a).update(effective_to=bargain.BASE_DAY)
    BankPolicy.objects.create(
        bank=cast.bank_a, menu={**MENU, "periods": [6]}, effective_from=bargain.BASE_DAY + timedelta(days=1), source="t"
    )
    assert try_on_past_cases(cast.officer_a, MENU, Limits()).then.by_periods.keys() == {12, 24, 36, 48, 60}
    assert try_on_past_cases(cast.lin, MENU, Limits()).then.some == 0


def test_a_change_is_given_back_written_on_and_dropped(cast: Cast, colleague: Actor) -> None:
    day = clock.today() + timedelta(days=5)
    draft = write(cast, day)
    perform(cast.officer_a, policy_acts.send_policy, draft_id=draft.pk)
    with pytest.raises(Refusal):
        write(cast, day, periods=[12])  # it lies before a second officer
    perform(colleague, policy_acts.return_policy, draft_id=draft.pk, text="期数太短")
    assert "期数太短" in desk_of(cast.officer_a).get(ADDRESS).content.decode()
    assert write(cast, day, periods=[12, 24]).pk == draft.pk
    with pytest.raises(NotFound):
        perform(cast.officer_b, policy_acts.drop_policy, draft_id=draft.pk)
    with pytest.raises(NotPermitted):
        perform(cast.operator, policy_acts.drop_policy, draft_id=draft.pk)
    perform(colleague, policy_acts.drop_policy, draft_id=draft.pk)
    with pytest.raises(Refusal):
        perform(colleague, policy_acts.drop_policy, draft_id=draft.pk)
    assert write(cast, day).pk != draft.pk


def test_no_day_that_has_begun_gets_another_policy(cast: Cast, colleague: Actor) -> None:
    day = clock.today() + timedelta(days=2)
    draft = write(cast, day)
    perform(cast.officer_a, policy_acts.send_policy, draft_id=draft.pk)
    bargain.day(day)
    with pytest.raises(Refusal, match="生效日要在今天以后"):
        perform(colleague, policy_acts.approve_policy, draft_id=draft.pk)
    assert PolicyDraft.objects.get().state == "awaiting-approval"
    assert BankPolicy.objects.filter(bank=cast.bank_a).count() == 1


def test_the_page_is_for_a_banks_officers_alone(cast: Cast) -> None:
    for who in (cast.reviewer, cast.operator):
        assert desk_of(who).get(ADDRESS).status_code == 403
    draft = write(cast, clock.today() + timedelta(days=2))
    assert draft.reason not in desk_of(cast.officer_b).get(ADDRESS).content.decode()
