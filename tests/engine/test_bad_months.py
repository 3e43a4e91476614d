"""A plan under bad months: seeded, exact, and told a second time path by path."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine import bad_months
from heyue.engine.bad_input import BadInput
from heyue.engine.bad_months import simulate, stress, sweep
from heyue.engine.bad_months_request import read_request
from heyue.engine.canonical import canonical
from heyue.engine.money import fen, yuan
from heyue.policy.load import rule
from tests.engine.test_command_line import complaint, heyue
from tests.engine.test_policy import TODAY
from tests.engine.test_schemas import assert_fits

SHOCKS: dict[str, Any] = {
    "income_drop": {"monthly_chance": "0.05", "ratio": "0.3", "months": 3},
    "job_loss": {"monthly_chance": "0.01", "ratio": "1", "months": 6},
    "medical_bill": {"monthly_chance": "0.03", "least": "1000", "most": "20000"},
    "rate_change": {"monthly_chance": "0.02", "monthly": "150"},
}
ASKED: dict[str, Any] = {
    "plan": ["2500"] * 24, "affordable": "3000", "income": ["8000", "7000"], "savings": "5000", "shocks": SHOCKS,
    "seed": 7, "paths": 500,
}  # fmt: skip


def only(**shock: Any) -> dict[str, Any]:
    return {**ASKED, "shocks": shock}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-500, 500), min_size=1, max_size=12), st.integers(0, 900))
def test_the_reserve_needed_is_the_least_with_which_no_month_fails(missing: list[int], savings: int) -> None:
    outcome = sweep(np.array(missing, dtype=np.int64)[:, None], savings)

    def fails_in(reserve: int) -> int:
        left = reserve
        for month, short in enumerate(missing, 1):
            left = min(reserve, left - short)
            if left < 0:
                return month
        return 0

    assert outcome.broke_in[0] == fails_in(savings)
    needed = int(outcome.needed_fen[0])
    assert fails_in(needed) == 0
    assert needed == 0 or fails_in(needed - 1) > 0


def test_a_certain_fall_of_income_lasts_its_months() -> None:
    drop = {"monthly_chance": "1", "ratio": "0.3", "months": 3}
    answer = stress(only(income_drop=drop))
    # every month 30 % of 8,000 (then 7,000) is gone, of which 500 were to spare
    assert (answer["breaks"], answer["by_month"]) == ("1.0000", [{"month": 3, "paths": 500}])
    assert answer["reserve"]["half"]["sum"] == yuan(1_900_00 + 23 * 1_600_00)
    once = answer["scenarios"][0]
    assert (once["shock"], once["worst_month"], once["reserve"]) == ("income_drop", 1, "5100.00")
    assert once["breaks_when_it_begins_in"] == [1]


def test_a_lost_job_outweighs_a_fall_of_income_and_a_bill_comes_on_top() -> None:
    certain = {name: {**shock, "monthly_chance": "1"} for name, shock in SHOCKS.items()}
    certain["medical_bill"] |= {"least": "100", "most": "100"}
    certain["rate_change"] |= {"monthly": "1"}
    answer = stress({**ASKED, "plan": ["2500"], "shocks": certain, "paths": 3})
    assert answer["reserve"]["all"] == {"sum": yuan(800_000 + 10_000 + 100 - 50_000), "missing": "2601.00"}
    assert answer["median_month"] == 1


def test_nothing_bad_never_breaks_a_plan_that_fits() -> None:
    answer = stress(only())
    assert (answer["breaks"], answer["by_month"], answer["median_month"]) == ("0.0000", [], None)
    assert answer["scenarios"] == []
    never = {name: {**shock, "monthly_chance": "0"} for name, shock in SHOCKS.items()}
    assert stress(only(**never))["breaks"] == "0.0000"


def test_chances_come_true_as_often_as_they_say() -> None:
    bill = {"monthly_chance": "0.25", "least": "9999", "most": "9999"}
    answer = stress({**only(medical_bill=bill), "plan": ["0"], "affordable": "0", "paths": 40_000})
    assert float(answer["breaks"]) == pytest.approx(0.25, abs=0.01)


def test_bills_lie_between_the_least_and_the_most() -> None:
    bill = {"monthly_chance": "1", "least": "1000", "most": "1003"}
    needed = simulate(read_request({**only(medical_bill=bill), "plan": ["0"], "affordable": "0"})).needed_fen
    assert needed.min() >= 100_000
    assert needed.max() <= 100_300
    assert len(set(needed.tolist())) > 100


def test_a_reserve_that_saves_all_saves_all() -> None:
    first = stress(ASKED)
    saved = stress({**ASKED, "savings": first["reserve"]["all"]["sum"]})
    assert fen(first["reserve"]["half"]["sum"]) <= fen(first["reserve"]["nineteen_in_twenty"]["sum"])
    assert (first["breaks"] > "0", saved["breaks"]) == (True, "0.0000")


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(monkeypatch: pytest.MonkeyPatch) -> None:
    text = canonical(stress(ASKED))
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN
    assert canonical(stress(ASKED)) == text
    assert canonical(stress({**ASKED, "seed": 8})) != text
    # how many paths go at a time matters only where more are asked for
    monkeypatch.setattr(bad_months, "CHUNK", 500)
    assert canonical(stress(ASKED)) == text


GOLDEN = "dc224431900a2c9cba52d930d1046d5157df5848c8fbe829a33364aa176c774d"


def test_the_assumed_shocks_are_read() -> None:
    answer = stress({**ASKED, "shocks": rule("STRESS-SHOCKS", TODAY).value})
    assert len(answer["scenarios"]) == 4


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"plan": []}, ["/plan"]),
        ({"plan": ["1", "x"], "income": ["y"]}, ["/plan/1", "/income/0"]),
        ({"plan": "2500"}, ["/plan"]),
        ({"shocks": {"flood": {}}}, ["/shocks/flood"]),
        ({"shocks": {"medical_bill": {"monthly_chance": "2", "least": "2", "most": "1"}}},
         ["/shocks/medical_bill/most", "/shocks/medical_bill/monthly_chance"]),
        ({"shocks": {"income_drop": {}}},
         [f"/shocks/income_drop/{name}" for name in ("monthly_chance", "ratio", "months")]),
        ({"paths": 100_001, "seed": -1}, ["/seed", "/paths"]),
    ],
)  # fmt: skip
def test_bad_fields_are_all_named(change: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        stress({**ASKED, **change})
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_the_command_takes_the_assumptions_of_a_day() -> None:
    asked = {name: value for name, value in ASKED.items() if name != "shocks"}
    code, out, _ = heyue("stress", "-", given=json.dumps({**asked, "as_of": "2026-11-24"}))
    assert (code, json.loads(out)["paths"]) == (0, 500)
    assert_fits({**asked, "as_of": "2026-11-24"}, "stress.input.json")
    assert_fits(ASKED, "stress.input.json")
    assert_fits(json.loads(out), "stress.output.json")
    assert complaint("stress", "-", given=json.dumps(asked)) == ["/shocks"]
    assert complaint("stress", "-", given=json.dumps({**asked, "as_of": "2026"})) == ["/as_of"]
    assert complaint("stress", "-", given=json.dumps({**asked, "as_of": "2000-01-01"})) == ["/as_of"]
