# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""Pitfalls of sums, signs, dates and cards (15 to 27 of the layouts' facts), each with invented data."""

from __future__ import annotations

from datetime import date

import pytest
from tests import statement_samples as samples
from tests.stages.test_statement_layouts import figures, one, rows

from heyue.wallet.statement_files import Kind, Outcome, Standing, read_file
from heyue.wallet.statement_files.amounts import currency_of, is_nothing, read_money
from heyue.wallet.statement_files.dates import (
    SHAPES,
    Day,
    bought,
    dates_in,
    day_of_month,
    first_after,
    posted,
    read_cycle,
    read_day,
)
from heyue.wallet.statement_files.kinds import instalment_number, kind_of
from heyue.wallet.statement_files.plain_text import masked, masked_payer
from heyue.wallet.statement_files.shapes import tail_of

Cells = samples.Cells


def kinds(*lines: Cells) -> list[str]:
    """The kinds of BOCOM rows, each (direction, description)."""
    credits = tuple(("2026-07-20", "2026-07-20", text, "CNY 1.00", "CNY 1.00") for side, text in lines if side == "-")
    charges = tuple(("2026-07-20", "2026-07-20", text, "CNY 1.00", "CNY 1.00") for side, text in lines if side == "+")
    return [row.kind.value.value for row in one(samples.bocom_mail(credits=credits, charges=charges)).rows]


# ── 15 to 18: forms of sums ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "fen", "currency"),
    [
        ("-900.00", -90000, ""), ("￥- 900.00", -90000, "CNY"), ("-￥900.00", -90000, "CNY"), ("(存入)900.00", -90000, ""),
        ("900.00/RMB(存入)", -90000, "CNY"), ("99.20/RMB(支出)", 9920, "CNY"), ("欠款/DEBT 2710.40", 271040, ""),
        ("存款/CRED 35.00", -3500, ""), ("(存款)110.00", -11000, ""), ("&yen;".replace("&yen;", "¥") + "\u00a01,250.00", 125000, "CNY"),
        ("CNY13.50", 1350, "CNY"), ("21.32/AUD", 2132, "AUD"), ("5.43(US)", 543, ""), ("18", 1800, ""), ("1,234,567.8", 123456780, ""),
    ],
)  # fmt: skip
def test_15_every_form_of_a_sum(text: str, fen: int, currency: str) -> None:
    money = read_money(text)
    assert money is not None
    assert (money.signed_fen, money.currency) == (fen, currency)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,23.00", "12.345", "--5", "1 250.00", "50.00 20.00", "9" * 40, "-", "2.02E+27", "1.2.3", "٣.00"],
)
def test_15_what_is_not_wholly_a_sum_is_none(text: str) -> None:
    assert read_money(text) is None


def test_15_owed_is_negative_at_some_and_positive_in_the_result() -> None:
    assert figures(one(samples.icbc_mail())) == (32050, 3205, 100000)
    assert figures(one(samples.abc_mail())) == (48630, 2432, 30000)


@pytest.mark.parametrize("text", ["---", "-", "$---", "￥---", "无欠款", "您本期无需还款"])
def test_16_the_words_for_nothing(text: str) -> None:
    assert is_nothing(text)


def test_16_overpaid_is_below_zero_and_has_no_due_date() -> None:
    formula = ("-3442.90", "-3442.90", "0.00", "0.00", "0.00", "0.00")
    statement = one(samples.bocom_mail(balance="-3442.90", due="---", formula=formula, credits=(), charges=()))
    assert statement.accounts["CNY"].fen("new_balance") == -344290
    assert statement.due_date is None
    assert statement.rows_available
    assert statement.proof.standing is Standing.PROVED


def test_16_overpaid_in_a_column_of_its_own() -> None:
    account = ("0.00", "35.00", "0.00", "0.00", "0.00", "35.00", "0.00")
    line = ("260801", "260801", "2468", "银联入账 青竹", "35.00/CNY", "35.00/CNY")
    assert one(samples.abc_mail((line,), account, "35.00")).accounts["CNY"].fen("new_balance") == -3500


def test_16_no_block_of_what_is_owed_when_nothing_is() -> None:
    totals = ("2468", "-1,000.00/RMB", "1,000.00/RMB", "0.00/RMB", "0.00/RMB")
    statement = one(samples.icbc_mail(samples.ICBC_ROWS[:1], owed=False, totals=totals))
    assert (statement.accounts["CNY"].fen("new_balance"), statement.accounts["CNY"].fen("min_payment")) == (0, None)


def test_16_a_due_date_is_never_invented() -> None:
    reading = read_file(samples.bocom_mail(due="---"))
    assert (reading.outcome, reading.missing) == (Outcome.MISSING_LABEL, ("due_date",))


def test_17_dollars_before_yuan_and_beside_each_other() -> None:
    statement = one(samples.hxb_mail())
    assert (statement.accounts["CNY"].fen("new_balance"), statement.accounts["USD"].fen("new_balance")) == (107071, 0)
    assert one(samples.cmbc_mail()).accounts["CNY"].fen("min_payment") == 10000


def test_17_a_country_is_no_currency_and_a_foreign_purchase_counts_as_settled() -> None:
    assert {row.currency for row in one(samples.cmb_mail()).rows} == {"CNY"}
    suica = one(samples.bocom_mail()).rows[3]
    assert (suica.amount.value, suica.currency, suica.original) == (4985, "CNY", "JPY 1000.00")
    assert (currency_of("人民币(本位币)"), currency_of("澳大利亚元"), currency_of("US")) == ("CNY", "AUD", "")


def test_18_rows_of_zero_and_notes_stay_out_of_the_sums() -> None:
    waived = ("", "0812", "0813", "消费6次免年费300元", "&yen;&nbsp;0.00", "0000", "", "0.00")
    statement = one(samples.cmb_mail((*samples.CMB_ROWS, waived)))
    assert (statement.rows[3].amount.value, statement.rows[3].tail, statement.rows[3].kind.value) == (0, None, Kind.FEE)
    assert statement.proof.standing is Standing.PROVED
    assert len(one(samples.ceb_mail()).rows) == 2
    note = ((40.0, 260.0, "2026-08-02"), (105.0, 260.0, "2026-08-02"), (230.0, 260.0, "已为您减免年费"))
    assert len(one(samples.boc_pdf(samples.BOC_ROWS + note)).rows) == 2


# ── 19 to 22: what a row is ────────────────────────────────────────────────────────────────────────────


def test_19_rewards_refunds_and_payments_are_told_apart() -> None:
    assert kinds(("-", "信用卡还款 转账还款-青竹"), ("-", "退货 山猫"), ("-", "刷卡金返还"), ("-", "红包还款")) == [
        "payment", "refund", "reward", "reward",
    ]  # fmt: skip
    cmb = (("还款",), ("", "", "0803", "掌上生活还款回馈金", "&yen;&nbsp;-5.00", "2468", "", ""))
    assert [row.kind.value for row in one(samples.cmb_mail(cmb)).rows] == [Kind.REWARD]
    rebate = ("2468 ", "2026-02-03", "2026-02-03", "境外退货", "ICBCVisaDiningRebate", "5.00/RMB", "5.00/RMB(存入)")
    assert [row.kind.value for row in read_file(samples.icbc_mail((rebate,))).statements[0].rows] == [Kind.REWARD]


def test_19_a_deposit_with_only_a_name_is_a_payment_at_boc_and_a_guess_elsewhere() -> None:
    assert kind_of("青竹", -100, "", {}, name_pays=True)[0] is Kind.PAYMENT
    assert kind_of("山猫便利店连锁CHN", -100, "", {}, name_pays=True)[0] is Kind.REFUND
    kind, sure = kind_of("青竹", -100, "", {}, name_pays=False)
    assert (kind, sure) == (Kind.REFUND, 60)


def test_20_what_moves_between_a_cards_own_accounts_is_neither_spend_nor_payment() -> None:
    assert kinds(("-", "自动购汇还款"), ("+", "自动购汇扣款")) == ["internal", "internal"]
    for text, fen in (
        ("网转", 100),
        ("总账分期 办理分期12期", -100),
        ("现金分期6期商品贷记调整", -100),
        ("自动购汇转入汇率:6.8000000", -100),
    ):
        assert kind_of(text, fen, "", {}, name_pays=False)[0] is Kind.INTERNAL


def test_21_interest_and_every_fee_land_in_their_own_kind() -> None:
    assert kinds(
        ("+", "循环利息"), ("+", "逾期还款违约金"), ("+", "年费"), ("+", "取现手续费"), ("+", "账单分期手续费"), ("+", "滞纳金"),
        ("+", "预借现金"), ("+", "分期扣款 第3/12期"), ("+", "Finance Charge"),
    ) == ["interest", "late_fee", "fee", "fee", "fee", "late_fee", "cash_advance", "instalment", "interest"]  # fmt: skip
    statement = one(samples.bocom_mail(credits=(("2026-07-20", "2026-07-20", "利息冲正", "CNY 1.00", "CNY 1.00"),)))
    assert (statement.rows[0].kind.value, statement.rows[0].amount.value) == (Kind.INTEREST, -100)


def test_21_a_merchant_named_after_a_fee_is_still_a_purchase() -> None:
    rows_ = (("消费",), ("", "0812", "0813", "山猫视频年费会员", "&yen;&nbsp;56.20", "2468", "", ""))
    assert [row.kind.value for row in one(samples.cmb_mail(rows_)).rows] == [Kind.PURCHASE]


def test_22_an_adjustment_that_no_row_shows_is_reported_in_fen() -> None:
    statement = one(
        samples.abc_mail(account=("480.30", "0.00", "300.00", "0.00", "486.30", "300.00", "6.00"), owed="-480.30")
    )
    assert statement.proof.standing is Standing.DIFFERS
    assert [(check.name, check.difference) for check in statement.proof.differing] == [("balance", -600)]
    assert statement.accounts["CNY"].sums["new_balance"].confidence <= 50


# ── 23 to 25: dates ────────────────────────────────────────────────────────────────────────────────────


def test_23_a_january_statement_holds_decembers_rows() -> None:
    statement = one(samples.cmb_pdf())
    assert [row.txn_date.value.isoformat() for row in statement.rows if row.txn_date] == ["2025-12-30", "2025-09-12"]


@pytest.mark.parametrize(
    ("day", "posted_on", "number", "wanted"),
    [
        (Day(9, 12), date(2026, 6, 13), 10, date(2025, 9, 12)),
        (Day(9, 12), date(2026, 6, 13), 20, date(2024, 9, 12)),
        (Day(12, 30), date(2026, 1, 1), 0, date(2025, 12, 30)),
        (Day(2, 29), date(2026, 3, 1), 0, date(2024, 2, 29)),
        (Day(2, 29), date(2025, 2, 28), 12, date(2024, 2, 29)),
    ],
)
def test_23_the_date_of_a_purchase(day: Day, posted_on: date, number: int, wanted: date) -> None:
    assert bought(day, posted_on, number) == wanted


def test_23_a_posting_date_lies_in_the_cycle() -> None:
    assert posted(Day(12, 20), date(2025, 12, 16), date(2026, 1, 15)) == date(2025, 12, 20)
    assert posted(Day(1, 3), date(2025, 12, 16), date(2026, 1, 15)) == date(2026, 1, 3)
    assert posted(Day(2, 29), date(2024, 2, 16), date(2024, 3, 15)) == date(2024, 2, 29)
    assert posted(Day(2, 30), None, date(2024, 3, 15)) is None
    assert first_after(Day(1, 5), date(2025, 12, 17)) == date(2026, 1, 5)


def test_23_numbers_of_instalments_whichever_comes_first() -> None:
    texts = (
        "消费分期 本金 第10/12期",
        "分期本金(005/024)",
        "按月收24期 第12期共24期",
        "商户分期 本金03-02期",
        "银联分期/10/12期",
        "消费",
    )
    assert [instalment_number(text) for text in texts] == [10, 5, 12, 2, 10, 0]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("2026-08-02", "YYYY-MM-DD"), ("2026/8/2", "YYYY-MM-DD"), ("20260802", "YYYYMMDD"), ("260802", "YYMMDD"), ("08/02", "MM/DD"),
        ("0802", "MMDD"), ("2026年8月2日", "YYYY年MM月DD日"), ("2026年08月02日", "YYYY年MM月DD日"), ("08 月 02 日", "MM月DD日"),
        ("2026-08-02 23:47", "YYYY-MM-DD"), ("2026-08-02 23:47:01", "YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_24_the_shapes_of_dates(text: str, shape: str) -> None:
    day = read_day(text, (shape,))
    assert day is not None
    assert (day.month, day.day, day.year) in ((8, 2, 2026), (8, 2, 0))


@pytest.mark.parametrize(
    "text", ["2026-13-01", "20260230", "2026-02-30", "1899-01-01", "0832", "13/01", "２", "2026-08-02x", "1" * 30]
)
def test_24_what_is_no_date_is_none(text: str) -> None:
    assert read_day(text, tuple(SHAPES)) is None


def test_24_a_day_of_every_month_goes_with_the_titles_month() -> None:
    assert day_of_month("每月 19 日") == 19
    assert one(samples.hxb_mail()).statement_date is not None
    assert one(samples.hxb_mail()).statement_date.value == date(2026, 8, 19)  # type: ignore[union-attr]


@pytest.mark.parametrize("between", ["-", "—", "至", "~", " - ", "（补）-"])
def test_25_cycles_with_any_sign_between(between: str) -> None:
    wanted = (date(2026, 7, 16), date(2026, 8, 15))
    assert read_cycle(f"2026/07/16{between}2026/08/15(补)") == wanted
    assert read_cycle(f"2026年07月16日{between}2026年8月15日") == wanted


def test_25_no_statement_date_then_the_cycles_end_and_not_the_greetings() -> None:
    assert one(samples.cmb_mail()).statement_date == one(samples.cmb_mail()).cycle_end
    assert one(samples.ccb_mail()).cycle_start is not None
    assert one(samples.ccb_mail()).cycle_start.value == date(2026, 7, 28)  # type: ignore[union-attr]
    assert list(dates_in("2026-08-01 至 20260802")) == [date(2026, 8, 1), date(2026, 8, 2)]


# ── 26, 27: cards and people ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("1357", "1357"), ("1357（2468附）", "1357"), ("1357附", "1357"), ("0004/0007", "0004"), ("1357/扫码", "1357"), ("0000", ""),
        ("3780-09**-****-855", "855"), ("62270000****2468", "2468"), ("6259 0000 **** 1357", "1357"), ("********1357", "1357"),
        ("2468(牡丹贷记卡)", "2468"), ("", ""), ("12", ""), ("青竹", ""), ("625998******2468", "2468"),
    ],
)  # fmt: skip
def test_26_every_way_to_name_a_card(text: str, tail: str) -> None:
    assert tail_of(text) == tail


def test_26_a_tail_from_the_heading_and_several_cards_in_one_mail() -> None:
    assert {row.tail.value for row in one(samples.pab_mail()).rows if row.tail} == {"2468"}
    assert [card.value for card in one(samples.cgb_mail()).cards] == ["2468", "9753"]
    assert {row.tail.value for row in one(samples.bocom_mail()).rows if row.tail} == {"2468"}


def test_27_numbers_and_names_of_people_are_masked() -> None:
    assert masked("财付通 6225880000001357 车位") == "财付通 ****1357 车位"
    assert masked("6225 8800 0000 1357") == "****1357"
    assert masked("电话13812345678，证件110101199001011234") == "电话138****5678，证件****1234"
    assert masked("2026-07-20 2026-07-20 12,345.67") == "2026-07-20 2026-07-20 12,345.67"
    assert masked_payer("银联入账 青竹/付款尾号:1357/") == "银联入账 青*/付款尾号:****/"
    assert masked_payer("支付宝-青竹") == "支付宝-青*"
    assert masked_payer("青竹") == "青*"
    assert masked_payer("自动还款") == "自动还款"


def test_27_nothing_unmasked_is_in_any_answer() -> None:
    told = (
        repr(read_file(samples.hxb_mail())) + repr(read_file(samples.abc_mail())) + repr(read_file(samples.boc_pdf()))
    )
    assert not any(word in told for word in ("6225880000001357", "青竹/", "尾号:1357", "青竹女士", "某市某路"))
    unread = (*samples.BOCOM_CREDITS, ("2026-07-23", "2026-07-23", "还款 6225880000001357", "5.00"))
    reading = read_file(samples.bocom_mail(credits=unread))
    assert reading.unread
    assert "6225880000001357" not in repr(reading)


def test_27_the_payers_tail_is_not_the_cards() -> None:
    statement = one(samples.abc_mail())
    assert [card.value for card in statement.cards] == ["2468"]
    assert rows(statement)[0] == ("2026-08-01", -30000, "payment")
