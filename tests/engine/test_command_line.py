"""The command line as a bank meets it: a process, its output, its exit code, its complaints."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.canonical import canonical
from tests.engine.worked_examples import cases

PUBLISHED = cases("interest")[0]["given"]
SCHEDULE = cases("schedule")[1]["given"]


def heyue(*arguments: str, given: str | bytes = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "heyue.faces.cli", *arguments],
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def complaint(*arguments: str, given: str | bytes = "") -> list[str]:
    code, out, err = heyue(*arguments, given=given)
    assert (code, out) == (2, "")
    problem = json.loads(err)
    assert set(problem) == {"type", "title", "detail", "errors"}
    assert all(set(error) == {"pointer", "detail"} for error in problem["errors"])
    return [error["pointer"] for error in problem["errors"]]


def test_the_answer_is_one_canonical_line() -> None:
    code, out, err = heyue("interest", "-", given=json.dumps(PUBLISHED))
    assert (code, err) == (0, "")
    assert out.endswith("\n")
    assert out.count("\n") == 1
    assert out[:-1].encode() == rfc8785.dumps(json.loads(out))
    assert json.loads(out)["interest_total"] == "17.40"


def test_pretty_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(SCHEDULE), encoding="utf-8")
    code, out, _ = heyue("schedule", str(file), "--pretty")
    assert code == 0
    assert out.count("\n") > 10
    assert json.loads(out) == json.loads(heyue("schedule", str(file))[1])


def test_recommend_writes_nothing_but_its_answer() -> None:
    debt = {
        "id": "a", "bank": "CMB", "balance": "12000", "overdue_days": 1,
        "policy": {"method": "interest_free", "periods": [12, 24]},
    }  # fmt: skip
    debts = [{**debt, "id": name} for name in "abcde"]
    asked = {"as_of": "2026-11-24", "budget": {"monthly_affordable": "3500"}, "debts": debts}
    code, out, err = heyue("recommend", "-", given=json.dumps(asked))
    assert (code, err) == (0, "")
    assert json.loads(out)["feasible"] is True
    assert heyue("recommend", "-", given=json.dumps(asked))[1] == out


def test_deadline_counts_working_days() -> None:
    code, out, _ = heyue("deadline", "--from", "2026-12-24", "--working-days", "6")
    assert (code, out) == (0, '{"date":"2027-01-01","provisional":true}\n')


def test_check_says_no_with_exit_code_one() -> None:
    asked = {"signed_on": "2026-12-05", "balance": "10000", "schedule": SCHEDULE}
    code, out, err = heyue("check", "-", given=json.dumps(asked))
    assert (code, err) == (1, "")
    assert {"CC-70-3"} <= {finding["rule"] for finding in json.loads(out)}


def test_all_bad_fields_come_at_once() -> None:
    asked: dict[str, Any] = {**PUBLISHED, "until": "soon", "x": 1, "terms": {**PUBLISHED["terms"], "compound": "no"}}
    assert set(complaint("interest", "-", given=json.dumps(asked))) == {"/until", "/x", "/terms/compound"}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "nothing", "NaN", '{"a":Infinity}', b"\xff\xfe", "[" * 100_000, "1" * 5_000,
        '{"principal":' + "9" * 5_000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_without_traceback(text: str | bytes) -> None:
    assert complaint("schedule", "-", given=text)[0] in ("", "/principal")


def test_doubled_names_and_half_characters_are_bad() -> None:
    others = ["/monthly_rate", "/principal", "/periods", "/first_due", "/due_day"]
    assert complaint("schedule", "-", given='{"method":1,"method":2}') == ["/method", *others]
    assert complaint("schedule", "-", given='{"method":"\\ud800"}') == ["/method", *others]
    assert complaint("schedule", "-", given='{"\\ud800":1}') == ["", "/method", *others]
    doubled = json.dumps(cases("schedule")[0]["given"])[:-1] + ', "periods": 36}'
    assert complaint("schedule", "-", given=doubled) == ["/periods"]


def test_wrong_calls_are_problems_too(tmp_path: Path) -> None:
    assert complaint("schedule", str(tmp_path / "nowhere.json")) == [""]
    assert complaint("schedule", str(tmp_path)) == [""]
    assert complaint("schedule") == [""]
    assert complaint("schedule", "-", "--fast") == [""]
    assert complaint("dance") == [""]
    assert complaint() == [""]
    assert complaint("deadline", "--from", "2026-02-29", "--working-days", "0") == ["/from", "/working-days"]
    assert complaint("deadline") == ["/from", "/working-days"]


@pytest.mark.parametrize("command", ["", "interest", "schedule", "recommend", "check", "deadline"])
def test_help_is_there_for_each_command(command: str) -> None:
    code, out, err = heyue(*filter(None, [command]), "--help")
    assert (code, err) == (0, "")
    assert out


def test_these_commands_load_no_web_framework() -> None:
    program = (
        "import sys; from heyue.faces.cli.main import main; main(['schedule','-']); sys.exit('django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(SCHEDULE).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0


answers = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdefghij_", min_size=1), inner),
)


@settings(deadline=None)
@given(answers)
def test_canonical_is_what_the_standard_says(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)
