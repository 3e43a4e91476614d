"""A household's budget: month by month where it varies, and gentle questions where something looks left out."""

import json
from datetime import date
from typing import Any

import pytest

from heyue.engine.bad_input import BadInput
from heyue.engine.budget import affordable
from heyue.engine.recommend import recommend
from heyue.policy.living_cost import guideline
from heyue.policy.load import NoRecord
from tests.engine.test_command_line import complaint, heyue
from tests.engine.test_recommend import ASKED
from tests.engine.test_schemas import assert_fits

AS_OF = "2026-11-24"
WAGE = {"kind": "wage", "monthly": "6000"}
FOOD = {"kind": "food", "monthly": "1200"}
RENT = {"kind": "rent", "monthly": "1500"}


def budget(**more: Any) -> Any:
    return affordable({"income": [WAGE], "expenses": [FOOD, RENT], "as_of": AS_OF, **more})


def test_an_expense_that_ends_frees_its_sum_from_the_month_after() -> None:
    found = budget(expenses=[FOOD, {**RENT, "until": "2027-01-10"}])
    assert found.monthly_fen == (330_000, 330_000, 480_000)
    assert [(change.code, change.amount_fen) for change in found.months[2].changes] == [("expense_ends", 150_000)]
    assert "2027年2月" in found.months[2].changes[0].words
    assert found.reasons[-1].code == "varies"


def test_an_income_that_begins_later_counts_from_its_month() -> None:
    found = budget(income=[WAGE, {"kind": "side", "monthly": "500", "from": "2027-01-31"}])
    assert found.monthly_fen == (330_000, 380_000)
    assert [change.code for change in found.months[1].changes] == ["income_begins"]


def test_seasonal_income_is_there_in_its_months_only_for_five_years() -> None:
    found = budget(income=[{"kind": "side", "monthly": "9000", "months": [12, 1]}])
    assert len(found.monthly_fen) == 60
    assert found.monthly_fen[:4] == (630_000, 630_000, 0, 0)
    assert found.monthly_fen[12:14] == (630_000, 630_000)
    assert [month.on for month in found.months[:2]] == [date(2026, 12, 1), date(2027, 1, 1)]


def test_without_dates_one_sum_repeats() -> None:
    found = budget()
    assert (found.monthly_fen, found.months) == ((330_000,), ())


def test_costs_of_dependants_are_kept_back_in_each_month() -> None:
    school = {"kind": "dependants", "monthly": "800", "until": "2026-12-31"}
    found = budget(expenses=[FOOD, school], dependants=1, dependant_minimum="500", reserve="100")
    assert found.monthly_fen == (390_000, 420_000)


def test_what_looks_left_out_is_asked_for_gently() -> None:
    notes = {note.category: note for note in budget(expenses=[RENT]).notes}
    assert set(notes) == {"food", "transport_and_phone", "medical", "reserve"}
    assert all(note.words and "！" not in note.words for note in notes.values())
    everything = [FOOD, RENT, {"kind": "phone", "monthly": "99"}, {"kind": "medical", "monthly": "50"}]
    assert budget(expenses=everything, reserve="200").notes == ()


def test_what_is_out_of_line_with_people_nearby_is_asked_about() -> None:
    near = {"source": "s", "monthly_per_person": {"food": "700", "housing": "500", "medical": "0"}}
    both = [{"kind": "food", "monthly": "600"}, {"kind": "rent", "monthly": "1501"}, {"kind": "phone", "monthly": "9"}]
    notes = budget(expenses=both, persons=2, guideline=near, reserve="1").notes
    assert [(note.code, note.category, note.amount_fen) for note in notes] == [
        ("left_out", "medical", 0),
        ("below_guideline", "food", 140_000),
        ("above_guideline", "housing", 100_000),
    ]


def test_a_seasonal_budget_limits_each_month_of_a_joint_plan() -> None:
    household = {"income": [{"kind": "side", "monthly": "4000", "until": "2027-10-31"}], "expenses": []}
    assert recommend({**ASKED, "budget": household})["feasible"] is False
    longer = {"income": [{"kind": "side", "monthly": "4000", "until": "2028-11-30"}], "expenses": []}
    assert recommend({**ASKED, "budget": longer})["feasible"] is True


@pytest.mark.parametrize(
    ("more", "pointers"),
    [
        ({"expenses": [{**RENT, "months": [0, "1", 13]}]},
         ["/expenses/0/months/0", "/expenses/0/months/1", "/expenses/0/months/2"]),
        ({"expenses": [{**RENT, "from": "2027-02-01", "until": "2027-01-01"}]}, ["/expenses/0/until"]),
        ({"expenses": [{**RENT, "each": "year"}]}, ["/expenses/0/each"]),
        ({"guideline": {"source": "", "monthly_per_person": {"fun": "1"}}, "persons": 0},
         ["/persons", "/guideline/source", "/guideline/monthly_per_person/fun"]),
    ],
)  # fmt: skip
def test_bad_fields_are_all_named(more: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        budget(**more)
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_items_that_vary_need_a_base_date() -> None:
    with pytest.raises(BadInput) as refused:
        affordable({"income": [{**WAGE, "months": [1]}], "expenses": []})
    assert refused.value.errors[0][0] == "/income/0/months"


def test_the_guideline_is_published_dated_and_local_where_it_is_known() -> None:
    nation, beijing = guideline("330100", date(2026, 11, 24)), guideline("110000", date(2026, 11, 24))
    # 6,359 of food in nine months
    assert nation["monthly_per_person"]["food"] == "706.56"
    assert beijing["monthly_per_person"]["housing"] == "1540.67"
    assert "国家统计局" in nation["source"]
    with pytest.raises(NoRecord):
        guideline("330100", date(2020, 1, 1))


def test_the_command_answers_with_the_region_s_guideline() -> None:
    asked = {"income": [WAGE], "expenses": [FOOD, {**RENT, "until": "2027-01-10"}], "as_of": AS_OF, "region": "110000"}
    code, out, _ = heyue("budget", "-", given=json.dumps(asked))
    answer = json.loads(out)
    assert (code, answer["monthly_affordable"]) == (0, ["3300.00", "3300.00", "4800.00"])
    assert_fits(asked, "budget.input.json")
    assert_fits(answer, "budget.output.json")
    assert complaint("budget", "-", given=json.dumps({**asked, "as_of": "2020-01-01"})) == ["/as_of"]
    assert complaint("budget", "-", given=json.dumps({**asked, "region": 3})) == ["/region"]
    assert complaint("budget", "-", given=json.dumps({"region": "CN"})) == ["/as_of"]
    assert complaint("budget", "-", given=json.dumps({**asked, "guideline": {}})) == ["/guideline"]
