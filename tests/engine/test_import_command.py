"""``heyue import`` as a person meets it: a process, its answer by its schema, its complaints."""

import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests import statement_samples as samples
from tests.engine.test_command_line import heyue
from tests.engine.test_schemas import assert_fits

ANSWERED = (
    samples.cmb_mail, samples.icbc_mail, samples.ccb_mail, samples.boc_pdf, samples.spdb_mail, samples.icbc_csv,
    samples.alipay_csv, samples.hxb_mail,
)  # fmt: skip


def imported(*arguments: str, given: bytes = b"") -> Any:
    code, out, err = heyue("import", *arguments, given=given)
    assert (code, err) == (0, "")
    return json.loads(out)


def refused(*arguments: str, given: bytes = b"") -> tuple[str, list[str]]:
    """The end of the problem's type and the pointers of its errors."""
    code, out, err = heyue("import", *arguments, given=given)
    assert (code, out) == (2, "")
    problem = json.loads(err)
    assert_fits(problem, "problem.json")
    return problem["type"].rpartition(":")[2], [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize("sample", ANSWERED, ids=lambda sample: sample.__name__)
def test_every_answer_fits_its_schema(sample: Any) -> None:
    assert_fits(imported("-", given=sample()), "import.output.json")


def test_a_statement_becomes_events_of_the_engine() -> None:
    answer = imported("-", given=samples.ccb_mail())
    assert (answer["issuer"], answer["card"], answer["outcome"]) == ("CCB", "2468", "statement")
    summary = answer["statement"]
    assert [summary[name] for name in ("date", "due_date", "balance", "minimum_payment", "previous_balance")] == [
        "2026-08-27", "2026-09-16", "410.00", "41.00", "800.00",
    ]  # fmt: skip
    assert summary["confidence"]["balance"] == "1.00"
    assert summary["confidence"]["due_date"] == "0.95"
    assert [(event["date"], event["kind"], event["amount"]) for event in answer["events"]] == [
        ("2026-08-02", "purchase", "430.00"), ("2026-08-05", "refund", "20.00"), ("2026-08-06", "payment", "800.00"),
    ]  # fmt: skip
    assert answer["proof"]["standing"] == "proved"
    given = {
        "terms": {"daily_rate": "0.0005", "method": "full", "statement_day": 27, "due_after_days": 20},
        "events": [{name: event[name] for name in ("date", "kind", "amount")} for event in answer["events"]],
        "until": "2026-08-27",
    }
    code, _, _ = heyue("interest", "-", given=json.dumps(given))
    assert code == 0


def test_interest_and_late_fee_are_fees_that_say_what_they_are() -> None:
    answer = imported("-", given=samples.cib_mail())
    assert [(event["kind"], event["row"]) for event in answer["events"]][3:5] == [
        ("fee", "late_fee"),
        ("fee", "interest"),
    ]
    assert (answer["statement"]["interest"], answer["statement"]["late_fee"]) == ("131.98", "60.56")


def test_a_summary_alone_says_that_its_rows_are_not_there() -> None:
    answer = imported("-", given=samples.spdb_mail())
    assert (answer["outcome"], answer["events"], answer["events_available"]) == ("summary-only", [], False)
    assert "interest" not in answer["statement"]


def test_what_cannot_be_imported_is_one_problem_that_names_it(tmp_path: Path) -> None:
    torn = samples.cmb_mail(paymentDueDate="", L1rmbLdueAmt="")
    assert refused("-", given=torn) == (
        "statement-missing-label",
        ["", "/statement/due_date", "/statement/minimum_payment"],
    )
    assert refused("-", given=b"hello") == ("statement-not-a-statement", [""])
    assert refused("-", given=b"") == ("statement-damaged", [""])
    assert refused(str(tmp_path / "nowhere.eml")) == ("bad-input", [""])
    assert refused(str(tmp_path)) == ("bad-input", [""])


def test_a_password_stands_in_a_file_never_on_the_command_line(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(samples.cmb_pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="123456"))
    word = tmp_path / "word"
    word.write_text("123456\n", encoding="utf-8")
    assert refused("-", given=out.getvalue()) == ("statement-needs-password", [""])
    assert imported("-", "--password-file", str(word), given=out.getvalue())["statement"]["balance"] == "1875.00"
    word.write_text("654321\n", encoding="utf-8")
    assert refused("-", "--password-file", str(word), given=out.getvalue()) == ("statement-wrong-password", [""])
