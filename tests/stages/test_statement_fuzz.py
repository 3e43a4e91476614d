# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""Damaged, re-encoded, reordered and foreign files: a clear outcome, never a wrong figure taken as certain."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import statement_samples as samples

from heyue.wallet.statement_files import Outcome, Reading, Standing, photograph, read_file
from heyue.wallet.statement_files.result import Unreadable

MAILS = (
    samples.cmb_mail, samples.icbc_mail, samples.ccb_mail, samples.abc_mail, samples.bocom_mail, samples.cib_mail,
    samples.pab_mail, samples.cmbc_mail, samples.citic_mail, samples.cgb_mail, samples.ceb_mail, samples.hxb_mail,
)  # fmt: skip
PAGES = (samples.cmb_html, samples.icbc_html, samples.ccb_html, samples.abc_html, samples.bocom_html)
LISTS = (samples.icbc_csv, samples.alipay_csv)
FILES = (*MAILS, *LISTS, samples.cmb_pdf, samples.boc_pdf, samples.wechat_xlsx)
Figures = dict[tuple[str, str], int]


@pytest.fixture(autouse=True, scope="module")
def no_recogniser() -> Iterator[None]:
    """A PDF whose words are gone is looked at as a picture, which takes seconds each time and is tested elsewhere."""

    def refuse(picture: bytes) -> None:
        raise Unreadable(Outcome.IMAGE_ONLY)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photograph, "_recognised", refuse)
        yield


def certain(reading: Reading) -> Figures:
    """Every figure that is said to be certain (confidence 100), by its name."""
    found: Figures = {}
    for number, statement in enumerate(reading.statements):
        for currency, account in statement.accounts.items():
            for name, one in account.sums.items():
                if one.confidence == 100:
                    found[f"{number}{currency}", name] = one.value
        for row in statement.rows:
            if row.amount.confidence == 100:
                key = (f"{number}{row.currency}", f"row {row.post_date.value} {row.description.value}")
                found[key] = found.get(key, 0) + row.amount.value
    return found


@cache
def true_figures(sample: Callable[[], bytes]) -> Figures:
    return certain(read_file(sample()))


def sums_only(figures: Figures) -> Figures:
    return {key: value for key, value in figures.items() if not key[1].startswith("row")}


def assert_nothing_wrong_is_certain(sample: Callable[[], bytes], damaged: bytes) -> None:
    reading = read_file(damaged)
    assert reading.carries == bool(reading.statements)
    said, true = sums_only(certain(reading)), sums_only(true_figures(sample))
    assert all(true.get(key) == value for key, value in said.items()), (said, true)
    if not reading.carries:
        assert reading.outcome not in (Outcome.STATEMENT, Outcome.SUMMARY_ONLY)


@settings(max_examples=60)
@given(st.sampled_from(FILES), st.floats(0, 1))
def test_a_truncated_file(sample: Callable[[], bytes], part: float) -> None:
    content = sample()
    cut = content[: int(len(content) * part)]
    assert_nothing_wrong_is_certain(sample, cut)
    reading = read_file(cut)
    if cut and reading.outcome is Outcome.STATEMENT and part < 0.95:
        assert all(statement.proof.standing is Standing.PROVED for statement in reading.statements)


@settings(max_examples=60)
@given(st.sampled_from(FILES), st.integers(0, 2**32))
def test_bytes_changed_dropped_and_doubled(sample: Callable[[], bytes], seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(sample())
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(content))
        if chance.random() < 0.4:
            content[at] = chance.randrange(256)
        elif chance.random() < 0.7:
            del content[at : at + chance.randint(1, 200)]
        else:
            content[at:at] = content[at : at + chance.randint(1, 200)]
        if not content:
            content = bytearray(b"x")
    assert_nothing_wrong_is_certain(sample, bytes(content))


@settings(max_examples=50)
@given(st.sampled_from(PAGES), st.integers(0, 2**32))
def test_rows_of_a_page_in_another_order_or_missing(page: Callable[[], str], seed: int) -> None:
    chance = random.Random(seed)
    parts = re.split(r"(?=<tr>)", page())
    head, rows = parts[0], parts[1:]
    if chance.random() < 0.5:
        chance.shuffle(rows)
    else:
        del rows[chance.randrange(len(rows))]
    assert_nothing_wrong_is_certain(lambda: page().encode(), (head + "".join(rows) + "</body></html>").encode())


@settings(max_examples=40)
@given(st.sampled_from(PAGES), st.integers(0, 2**32))
def test_digits_misread_are_never_certain(page: Callable[[], str], seed: int) -> None:
    chance = random.Random(seed)
    text = page()
    places = [found.start() for found in re.finditer(r"\d(?=[\d,]*\.\d\d)", text)]
    at = chance.choice(places)
    other = chance.choice([digit for digit in "123456789" if digit != text[at]])
    assert_nothing_wrong_is_certain(lambda: page().encode(), (text[:at] + other + text[at + 1 :]).encode())


@pytest.mark.parametrize("read_as", ["latin-1", "gb18030", "cp1252", "utf-16"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_a_page_read_in_a_wrong_charset_and_saved_again(page: Callable[[], str], read_as: str) -> None:
    spoilt = page().encode().decode(read_as, "replace").encode("utf-8", "replace")
    assert_nothing_wrong_is_certain(lambda: page().encode(), spoilt)


@settings(max_examples=60)
@given(st.binary(max_size=3000))
def test_any_bytes_have_an_outcome(content: bytes) -> None:
    reading = read_file(content)
    assert not certain(reading)


WORDS = st.sampled_from(
    "账单日 到期还款日 本期应还款额 最低还款额 2026-08-01 2026/08/02 08/02 0802 ￥1.00 -2.50 --- 2468 招商银行 交易明细 还款 消费 "
    "statementCycle 1,000.00/RMB(存入) 人民币(CNY) （ ） \t \n , ; | <tr> <td> </td> </tr> <table> </table>".split(" ")
)


@settings(max_examples=80)
@given(st.lists(WORDS, max_size=120), st.sampled_from([" ", ",", "\n", "<td>", "\t"]))
def test_any_text_of_a_statements_words_has_an_outcome(words: list[str], between: str) -> None:
    for text in (between.join(words), f"<html><table>{between.join(words)}</table></html>"):
        assert not certain(read_file(text.encode()))


@pytest.mark.parametrize(
    "hostile",
    [
        "1" * 200_000,
        "1,1" * 60_000,
        "2026-08-01 " * 40_000,
        "人民币" * 60_000,
        "(" * 200_000,
        "¥-" * 100_000,
        "年 月 " * 60_000,
    ],
)
def test_long_lines_of_one_sign_take_no_long_time(hostile: str) -> None:
    page = f"<html><table><tr><td>本期应还款额</td><td>{hostile}</td></tr><tr><td>{hostile} 到期还款日 {hostile}</td></tr></table></html>"
    assert not certain(read_file(page.encode()))
    assert not certain(read_file(hostile.encode()))


def test_an_address_of_nested_brackets_ends_in_an_outcome() -> None:
    mail = b"From: " + b"(" * 20_000 + b"a@b.c\r\nSubject: x\r\nContent-Type: text/plain\r\n\r\nhello"
    assert read_file(mail).outcome is Outcome.DAMAGED
