"""Each described layout, read from an invented statement that is true to it: every figure to the fen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.resources import files

import pytest
import yaml
from tests import statement_samples as samples

from heyue.wallet.statement_files import Kind, Outcome, Reading, Standing, Statement, matches, read_file
from heyue.wallet.statement_files.layout import layouts, read_layout

SUMS = ("new_balance", "min_payment", "previous_balance")


def one(content: bytes) -> Statement:
    """The only statement of a file."""
    reading = read_file(content)
    assert reading.outcome is Outcome.STATEMENT, reading
    (statement,) = reading.statements
    return statement


def figures(statement: Statement, currency: str = "CNY") -> tuple[int | None, ...]:
    return tuple(statement.accounts[currency].fen(name) for name in SUMS)


def rows(statement: Statement) -> list[tuple[str, int, str]]:
    return [(row.post_date.value.isoformat(), row.amount.value, row.kind.value.value) for row in statement.rows]


def days(statement: Statement) -> tuple[date | None, date | None]:
    return (
        statement.statement_date.value if statement.statement_date else None,
        statement.due_date.value if statement.due_date else None,
    )


FIRST = [
    (
        samples.cmb_mail, "CMB", (date(2026, 8, 15), date(2026, 9, 2)), (130620, 6531, 90000),
        [("2026-08-03", -90000, "payment"), ("2026-08-04", 125000, "instalment"), ("2026-08-13", 5620, "purchase")],
    ),
    (
        samples.cmb_pdf, "CMB", (date(2026, 1, 15), date(2026, 2, 2)), (187500, 9375, 51750),
        [("2026-01-03", -51750, "payment"), ("2026-01-01", 162500, "purchase"), ("2026-01-05", 25000, "instalment")],
    ),
    (
        samples.icbc_mail, "ICBC", (date(2026, 2, 25), date(2026, 3, 13)), (32050, 3205, 100000),
        [("2026-02-03", -100000, "payment"), ("2026-02-11", 32050, "purchase")],
    ),
    (
        samples.ccb_mail, "CCB", (date(2026, 8, 27), date(2026, 9, 16)), (41000, 4100, 80000),
        [("2026-08-02", 43000, "purchase"), ("2026-08-05", -2000, "refund"), ("2026-08-06", -80000, "payment")],
    ),
    (
        samples.abc_mail, "ABC", (date(2026, 8, 19), date(2026, 9, 13)), (48630, 2432, 30000),
        [("2026-08-01", -30000, "payment"), ("2026-08-05", 48630, "purchase")],
    ),
    (
        samples.boc_mail, "BOC", (date(2026, 8, 19), date(2026, 9, 8)), (23040, 2304, 15000),
        [("2026-07-26", 23040, "purchase"), ("2026-08-01", -15000, "payment")],
    ),
    (
        samples.bocom_mail, "BOCOM", (date(2026, 8, 10), date(2026, 9, 4)), (41249, 2062, 60000),
        [
            ("2026-07-20", -60000, "payment"), ("2026-07-22", -2400, "refund"),
            ("2026-08-03", 38664, "purchase"), ("2026-08-05", 4985, "purchase"),
        ],
    ),
    (
        samples.abc_mail_2024, "ABC", (date(2025, 6, 1), date(2025, 6, 20)), (38630, 3863, 30000),
        [("2025-05-11", 38630, "purchase"), ("2025-05-20", -30000, "payment")],
    ),
    (
        samples.cib_mail, "CIB", (date(2026, 7, 25), date(2026, 8, 14)), (72795, 26010, 100000),
        [
            ("2026-06-30", 4551, "purchase"), ("2026-07-02", -3180, "refund"), ("2026-07-03", -50000, "payment"),
            ("2026-07-20", 6056, "late_fee"), ("2026-07-20", 13198, "interest"), ("2026-07-21", 2170, "instalment"),
        ],
    ),
    (
        samples.pab_mail, "PAB", (date(2026, 8, 17), date(2026, 9, 5)), (159753, 7988, 80000),
        [("2026-07-20", -80000, "payment"), ("2026-08-02", 109753, "purchase"), ("2026-08-17", 50000, "instalment")],
    ),
    (
        samples.cmbc_mail, "CMBC", (date(2026, 8, 5), date(2026, 8, 25)), (52896, 10000, 30000),
        [("2026-07-10", -30000, "payment"), ("2026-07-16", 50000, "purchase"), ("2026-07-19", 2896, "purchase")],
    ),
    (
        samples.citic_mail, "CITIC", (date(2026, 8, 13), date(2026, 9, 1)), (34863, 3486, 20000),
        [("2026-07-21", -20000, "payment"), ("2026-08-02", 9863, "purchase"), ("2026-08-13", 25000, "instalment")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sample", "issuer", "dates", "sums", "lines"), FIRST, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_layout_that_proves_itself(
    sample: Callable[[], bytes], issuer: str, dates: tuple[date, date], sums: tuple[int, ...], lines: list[object]
) -> None:
    statement = one(sample())
    assert statement.issuer.value == issuer
    assert days(statement) == dates
    assert figures(statement) == sums
    assert rows(statement) == lines
    assert statement.proof.standing is Standing.PROVED
    assert statement.accounts["CNY"].sums["new_balance"].confidence == 100
    assert all(row.amount.confidence == 100 for row in statement.rows)


UNPROVED = [
    (samples.boc_reissued_pdf, "BOC", (59449, 9050, None), [59449, -10000]),
    (samples.cgb_pdf, "CGB", (9969, 997, None), [9969, -5000]),
    (samples.cgb_mail, "CGB", (381078, 19100, None), [9969, -50000, 2000]),
    (samples.ceb_mail, "CEB", (90907, 4545, None), [-119462, 90907]),
    (samples.hxb_mail, "HXB", (107071, 5354, None), [800, -92074]),
    (samples.psbc_mail, "PSBC", (616368, 30818, None), [6368, -10000]),
]


@pytest.mark.parametrize(
    ("sample", "issuer", "sums", "lines"), UNPROVED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_layout_that_prints_too_little_to_prove_itself_is_never_certain(
    sample: Callable[[], bytes], issuer: str, sums: tuple[int | None, ...], lines: list[int]
) -> None:
    statement = one(sample())
    assert (statement.issuer.value, figures(statement)) == (issuer, sums)
    assert [row.amount.value for row in statement.rows] == lines
    assert statement.proof.standing is Standing.UNPROVED
    certain = [found for account in statement.accounts.values() for found in account.sums.values()]
    certain += [row.amount for row in statement.rows]
    assert max(found.confidence for found in certain) < 100


def test_the_same_bytes_give_the_same_answer() -> None:
    assert read_file(samples.bocom_mail()) == read_file(samples.bocom_mail())


def test_each_currency_is_an_account_of_its_own() -> None:
    statement = one(samples.icbc_mail_abroad())
    assert (figures(statement), figures(statement, "AUD")) == ((9920, 992, 0), (2132, 213, 0))
    assert [(row.amount.value, row.currency) for row in statement.rows] == [(9920, "CNY"), (2132, "AUD")]
    assert statement.proof.standing is Standing.PROVED
    dollars = one(samples.boc_reissued_pdf()).accounts["USD"]
    assert (dollars.fen("new_balance"), dollars.fen("min_payment")) == (732, 100)


def test_a_years_download_is_a_statement_for_each_cycle() -> None:
    found = read_file(samples.citic_pdf()).statements
    assert [days(statement) for statement in found] == [
        (date(2026, 1, 8), date(2026, 1, 27)), (date(2026, 2, 8), date(2026, 2, 27)),
    ]  # fmt: skip
    assert [rows(statement)[0] for statement in found] == [
        ("2026-01-03", 10000, "purchase"),
        ("2026-02-03", 20000, "purchase"),
    ]
    assert {statement.proof.standing for statement in found} == {Standing.PROVED}
    assert len({statement.identity for statement in found}) == 2


def test_a_row_without_a_place_has_one_cell_fewer() -> None:
    assert rows(one(samples.abc_mail_2024(place=False))) == rows(one(samples.abc_mail_2024()))


def test_a_converters_list_takes_its_year_from_the_title() -> None:
    text = "招商银行信用卡对账单 2026年01月\n交易日,记账日,交易摘要,人民币金额,卡号末四位,交易地金额\n"
    text += ',01/03,还款,"-1,517.50",2468,-1517.50\n12/30,12/31,青竹书店,"1,625.00",2468,1625.00(CN)\n'
    reading = read_file(text.encode())
    assert reading.outcome is Outcome.ROWS_ONLY
    assert rows(reading.statements[0]) == [("2026-01-03", -151750, "payment"), ("2025-12-31", 162500, "purchase")]


def test_wallets_are_for_matching_and_leave_out_what_moved_no_money() -> None:
    alipay, wechat = read_file(samples.alipay_csv()), read_file(samples.wechat_xlsx())
    assert (alipay.outcome, wechat.outcome) == (Outcome.WALLET, Outcome.WALLET)
    assert [(row.amount.value, row.kind.value) for row in alipay.statements[0].rows] == [
        (4974, Kind.PURCHASE), (-1603, Kind.REFUND),
    ]  # fmt: skip
    assert [(row.amount.value, row.kind.value) for row in wechat.statements[0].rows] == [
        (2816, Kind.PURCHASE), (-50000, Kind.PAYMENT),
    ]  # fmt: skip


def test_wechats_header_is_found_wherever_it_drifted() -> None:
    assert [len(read_file(samples.wechat_xlsx(notes=notes)).statements[0].rows) for notes in (16, 17, 30)] == [2, 2, 2]


def test_a_wallets_row_is_paired_with_the_cards() -> None:
    charges = (("2026-08-03", "2026-08-03", "消费 支付宝-山猫", "CNY 49.74", "CNY 49.74"),)
    formula = ("25.74", "600.00", "624.00", "49.74", "0.00", "0.00")
    card = one(samples.bocom_mail(charges=charges, balance="25.74", formula=formula))
    wallet = read_file(samples.alipay_csv()).statements[0]
    assert matches(card.rows, wallet.rows) == {2: 0}


def test_a_list_without_balance_gives_rows_only_checked_by_its_footer() -> None:
    reading = read_file(samples.icbc_csv())
    (statement,) = reading.statements
    assert reading.outcome is Outcome.ROWS_ONLY
    assert statement.accounts["CNY"].fen("new_balance") is None
    assert rows(statement) == [("2026-08-02", 1800, "purchase"), ("2026-08-01", -120000, "payment")]
    assert statement.proof.standing is Standing.PROVED
    assert [card.value for card in statement.cards] == ["2468"]


def test_every_description_is_sound_and_says_where_it_is_from() -> None:
    folder = files("heyue.wallet.statement_files") / "layouts"
    described = [yaml.safe_load(entry.read_text(encoding="utf-8")) for entry in folder.iterdir()]
    assert len(described) == len(layouts()) >= 20
    assert all(data["source"] and data["trust"] in ("high", "medium", "low") for data in described)
    assert len({layout.id for layout in layouts()}) == len(described)


@pytest.mark.parametrize(
    "change",
    [{"colour": "red"}, {"ids": {"balance": "x"}}, {"rows": {"view": "sideways"}}, {"rows": {"shapes": ["dat"]}}],
)
def test_a_description_with_a_word_that_nobody_knows_is_refused(change: dict[str, object]) -> None:
    sound = {"id": "x", "issuer": "X", "name": "某行", "trust": "low", "media": ["mail"], "text": ["某行"]}
    with pytest.raises((ValueError, KeyError)):
        read_layout({**sound, **change})


def carries_nothing(reading: Reading) -> bool:
    """Whether a reading holds no statement at all."""
    return not reading.carries and not reading.statements
