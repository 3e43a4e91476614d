"""Pitfalls of proof (28 to 30 of the layouts' facts), learned mappings, and photographs, each with invented data."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pypdfium2
import pytest
from tests import statement_samples as samples
from tests.stages.test_statement_layouts import carries_nothing, figures, one, rows

from heyue.wallet.statement_files import (
    ColumnMapping,
    Outcome,
    Standing,
    Table,
    learned,
    read_file,
)
from heyue.wallet.statement_files.tables import ROWS_SHOWN_MAX

Cells = samples.Cells
COFFEE = ("2026-08-02", "2026-08-02", "消费 山猫咖啡", "CNY 20.00", "CNY 20.00")


# ── 28: equal rows ─────────────────────────────────────────────────────────────────────────────────────


def test_28_three_equal_coffees_on_a_day_are_three() -> None:
    formula = ("36.00", "600.00", "624.00", "60.00", "0.00", "0.00")
    statement = one(samples.bocom_mail(charges=(COFFEE, COFFEE, COFFEE), balance="36.00", formula=formula))
    coffees = [row for row in statement.rows if row.amount.value == 2000]
    assert len({row.identity for row in coffees}) == 3
    assert statement.proof.standing is Standing.PROVED
    again = one(samples.bocom_mail(charges=(COFFEE, COFFEE, COFFEE), balance="36.00", formula=formula))
    assert [row.identity for row in again.rows] == [row.identity for row in statement.rows]


# ── 29: what must agree ────────────────────────────────────────────────────────────────────────────────


def test_29_a_missing_row_shows_as_a_difference_in_fen() -> None:
    statement = one(samples.bocom_mail(charges=samples.BOCOM_CHARGES[:1]))
    assert statement.proof.standing is Standing.DIFFERS
    assert {(check.name, check.difference) for check in statement.proof.differing} == {
        ("balance", 4985),
        ("charges", 4985),
    }
    assert max(row.amount.confidence for row in statement.rows) <= 50


def test_29_a_wrong_balance_never_becomes_certain() -> None:
    statement = one(samples.cmb_mail(L1rmbLcurrBal="&yen; 1,906.20"))
    assert {check.name for check in statement.proof.differing} == {"balance", "formula"}
    assert statement.accounts["CNY"].sums["new_balance"].confidence <= 50


def test_29_a_line_that_looks_like_a_row_and_is_none_stops_the_import() -> None:
    torn = ("2026-08-09", "2026-08-09", "2468", "山猫", "CNY", "12.00")
    reading = read_file(samples.ccb_mail((*samples.CCB_ROWS, torn)))
    assert reading.outcome is Outcome.UNREAD_ROWS
    assert reading.unread == ("p1:19 2026-08-09 2026-08-09 2468 山猫 CNY 12.00",)
    assert carries_nothing(reading)
    assert reading.tables


def test_29_dates_side_by_side_that_became_no_row_are_counted() -> None:
    hidden = (*samples.CCB_ROWS, ("2026-08-09 2026-08-09 2468 山猫 八元", ""))
    statement = one(samples.ccb_mail(hidden))
    assert [(check.name, check.difference) for check in statement.proof.differing] == [("rows", 1)]


# ── 30: another template ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("本期到期还款日Payment Due Date", "最迟归还日", ("due_date",)),
        ("本期账单日Statement Date", "出单日", ()),
        ("【应还款明细】", "【需付】", ()),
        ("62270000****2468", "主卡", ("min_payment",)),
    ],
)
def test_30_a_renamed_label_is_named(old: str, new: str, missing: tuple[str, ...]) -> None:
    reading = read_file(samples.mail(samples.ccb_html().replace(old, new), sender=samples.CCB_SENDER, subject="x"))
    assert reading.missing == missing
    assert carries_nothing(reading) == bool(missing)


def test_30_an_unknown_layout_goes_to_the_mapping_page_with_what_the_dictionary_finds() -> None:
    reading = read_file(unknown())
    assert (reading.outcome, reading.statements) == (Outcome.UNKNOWN_LAYOUT, ())
    assert reading.guessed == {
        "statement_date": "2026-08-05", "due_date": "2026-08-25", "new_balance": "120.00", "min_payment": "12.00",
    }  # fmt: skip
    (table,) = reading.tables
    assert table.header == ("记账日期", "交易摘要", "金额", "卡号末四位")
    assert table.guesses == {"post_date": 0, "description": 1, "amount": 2, "tail": 3}


# ── learned mappings ───────────────────────────────────────────────────────────────────────────────────

LINES: tuple[Cells, ...] = (
    ("2026-07-10", "山猫便利店", "120.00", "2468"),
    ("2026-07-12", "还款 6225880000001357", "-300.00", "2468"),
)


def unknown(lines: tuple[Cells, ...] = LINES) -> bytes:
    """A statement of a bank that no description knows."""
    body = samples.table(
        [
            ("某城商行信用卡账单",),
            ("账单日", "2026-08-05"),
            ("到期还款日", "2026-08-25"),
            ("本期应还款额", "￥120.00"),
            ("最低还款额", "￥12.00"),
        ]
    )
    return samples.page(body + samples.table([("记账日期", "交易摘要", "金额", "卡号末四位"), *lines])).encode()


def test_what_a_person_mapped_reads_the_next_file_of_that_shape() -> None:
    (table,) = read_file(unknown()).tables
    kept = json.loads(json.dumps(learned(table, table.guesses, issuer="某行").as_data()))
    later = unknown((("2026-07-15", "某店", "88.00", "2468"),))
    reading = read_file(later, mappings=[ColumnMapping.from_data(kept)])
    (statement,) = reading.statements
    assert reading.outcome is Outcome.STATEMENT
    assert rows(statement) == [("2026-07-15", 8800, "purchase")]
    assert figures(statement) == (12000, 1200, None)
    assert statement.issuer.value == "某行"
    assert statement.rows[0].amount.confidence == 85
    assert read_file(samples.cmb_mail(), mappings=[ColumnMapping.from_data(kept)]).statements[0].layout == "cmb-mail"


def test_a_mapping_can_say_that_spending_is_printed_negative() -> None:
    (table,) = read_file(unknown()).tables
    (statement,) = read_file(unknown(), mappings=[learned(table, table.guesses, flipped=True)]).statements
    assert [row.amount.value for row in statement.rows] == [-12000, 30000]


def test_a_table_of_another_shape_is_not_taken_for_the_learned_one() -> None:
    (table,) = read_file(unknown()).tables
    mapping = learned(table, table.guesses)
    wider = samples.page(samples.table([("日期", "说明", "额度", "卡号末四位"), *LINES])).encode()
    assert read_file(wider, mappings=[mapping]).outcome is Outcome.UNKNOWN_LAYOUT


def test_two_columns_for_what_came_and_went_and_dates_without_a_year() -> None:
    lines = [("日期", "摘要", "支出金额", "收入金额"), ("07/10", "山猫", "120.00", ""), ("07/12", "还款", "", "300.00")]
    html = unknown().decode().replace("</body>", samples.table(lines) + "</body>")
    tables = read_file(html.encode()).tables
    table = tables[1]
    mapping = learned(table, {"post_date": 0, "description": 1, "charge": 2, "credit": 3}, dates="MM/DD")
    (statement,) = read_file(html.encode(), mappings=[mapping]).statements
    assert "other-tables-not-mapped" in statement.warnings
    assert rows(statement) == [("2026-07-10", 12000, "purchase"), ("2026-07-12", -30000, "payment")]


@pytest.mark.parametrize(
    "columns",
    [{}, {"post_date": 0}, {"post_date": 0, "amount": 2}, {"post_date": 0, "description": 1, "amount": 99}, {"x": 1}],
)
def test_half_a_mapping_is_refused(columns: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="mapping"):
        learned(Table("f", (), ()), columns)
    with pytest.raises(ValueError, match="mapping"):
        ColumnMapping.from_data({"fingerprint": "f", "columns": columns})


def test_the_mapping_page_sees_masked_cells_and_a_bounded_number() -> None:
    (table,) = read_file(unknown(LINES * 100)).tables
    assert len(table.rows) == ROWS_SHOWN_MAX
    assert table.rows[1][1] == "还款 ****1357"


# ── photographs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_photograph_is_read_and_nothing_in_it_is_certain() -> None:
    document = pypdfium2.PdfDocument(samples.cmb_pdf())
    out = io.BytesIO()
    document[0].render(scale=1.8, crop=(0, 530, 0, 0)).to_pil().save(out, "PNG")
    statement = one(out.getvalue())
    assert figures(statement)[:2] == (187500, 9375)
    assert rows(statement) == [("2026-01-03", -51750, "payment"), ("2026-01-01", 162500, "purchase")]
    sums = list(statement.accounts["CNY"].sums.values())
    assert max(found.confidence for found in (*sums, *(row.amount for row in statement.rows))) <= 80


def test_only_a_photograph_loads_the_recogniser(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = tmp_path / "a.eml"
    file.write_bytes(samples.cmb_mail())
    program = (
        "import sys; from heyue.wallet.statement_files import read_file; "
        "assert read_file(open(sys.argv[1],'rb').read()).carries; "
        "sys.exit(any(name in sys.modules for name in ('django', 'rapidocr', 'onnxruntime', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", program, str(file)], check=False).returncode == 0
