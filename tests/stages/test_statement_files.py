# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""Pitfalls of files, mails and the shape of text (1 to 14 of the layouts' facts), each with invented data."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from tests import statement_samples as samples
from tests.stages.test_statement_layouts import figures, one, rows
from tests.statement_paper import xls

from heyue.wallet.statement_files import Outcome, Standing, learned, read_file, same_statement
from heyue.wallet.statement_files.html_page import read_html
from heyue.wallet.statement_files.mail import decoded, read_mail
from heyue.wallet.statement_files.pdf_page import Glyph, _cells
from heyue.wallet.statement_files.plain_text import inert, plain, squeezed
from heyue.wallet.statement_files.result import Unreadable
from heyue.wallet.statement_files.sheet import read_csv, read_xlsx


def outcome(content: bytes, password: str = "") -> Outcome:
    """How the reading ends; what carries nothing holds nothing."""
    reading = read_file(content, password=password)
    assert reading.carries == bool(reading.statements)
    return reading.outcome


# ── 1, 2: charsets and names ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("gb18030", "gb2312"),
        ("gb18030", ""),
        ("utf-8", ""),
        ("utf-8-sig", "utf-8"),
        ("gbk", "utf-8"),
        ("utf-8", "gb2312"),
    ],
)
def test_1_any_charset_whatever_the_mail_declares(charset: str, declared: str) -> None:
    html = samples.cmb_html(
        (("", "0812", "0813", "囍𠮷饭店", "¥ 56.20", "2468", "", ""),) if charset != "gbk" else samples.CMB_ROWS
    )
    html = html.replace('charset=utf-8"', 'charset="')
    content = samples.mail(
        html, sender=samples.CMB_SENDER, subject="招商银行信用卡电子账单", charset=charset, declared=declared
    )
    statement = read_file(content).statements[0]
    assert statement.rows[-1].description.value in ("囍𠮷饭店", "LANTERN CAFE")


def test_1_a_character_that_only_gb18030_knows() -> None:
    assert decoded("㐂饭店".encode("gb18030"), "gb2312") == "㐂饭店"


def test_1_gbk_in_base64_deep_within_a_multipart_and_in_quoted_printable() -> None:
    assert one(samples.cmbc_mail()).issuer.value == "CMBC"
    assert one(samples.icbc_mail()).rows[1].description.value == "消费 财付通-山猫便利店..."


def test_2_encoded_subject_and_name_and_a_pdf_as_octet_stream() -> None:
    mail = read_mail(samples.boc_mail())
    assert mail.subject == "中国银行信用卡电子账单"
    assert mail.parts[1].name == "中国银行信用卡电子合并账单2026年08月账单.PDF"
    assert one(samples.boc_mail()).medium == "pdf"


def test_2_a_page_as_attachment_beside_an_empty_body() -> None:
    content = samples.mail_with_file(
        samples.ccb_html().encode(), sender=samples.CCB_SENDER, subject="中国建设银行信用卡电子账单", name="账单.HTML",
        notice="<p>见附件</p>",
    )  # fmt: skip
    assert figures(one(content)) == (41000, 4100, 80000)


# ── 3, 4, 5: what is no statement, or only a part of one, or twice the same ────────────────────────────


@pytest.mark.parametrize(
    ("sender", "subject", "body", "wanted"),
    [
        (samples.CMB_SENDER, "每日信用管家", "2026/08/19 您的消费明细如下： 15:02:11 CNY 286.00 尾号2468 消费 美团", Outcome.NOT_A_STATEMENT),
        (samples.CMB_SENDER, "招商银行信用卡――好礼", "满100.00减10.00，8月31日前报名", Outcome.NOT_A_STATEMENT),
        (samples.CMB_SENDER, "自动还款通知", "您的自动还款 900.00 已成功", Outcome.NOT_A_STATEMENT),
        (samples.ICBC_SENDER, "中国工商银行个人综合对账单", "账户 余额 100.00", Outcome.NOT_A_STATEMENT),
        ("master@creditcard.cmbc.com.cn", "民生银行账户对账单，请妥善保管", "余额 100.00", Outcome.NOT_A_STATEMENT),
        ("citiccard@bill.citiccard.com", "中信银行信用卡电子账单", "尊敬的客户，请使用动卡空间APP查看账单", Outcome.NO_DATA),
    ],
)  # fmt: skip
def test_3_other_mails_of_the_same_sender(sender: str, subject: str, body: str, wanted: Outcome) -> None:
    assert outcome(samples.mail(samples.page(f"<p>{body}</p>"), sender=sender, subject=subject)) is wanted


def test_3_a_debit_accounts_list_is_no_card_statement() -> None:
    assert (
        outcome(samples.icbc_csv().replace("子账户类别:".encode(), "子账户类别: 活期".encode()))
        is Outcome.NOT_A_STATEMENT
    )


def test_4_pictures_for_rows_give_the_summary_and_no_zero_transactions() -> None:
    body = (
        "<p>您 2016 年 06 月信用卡个人卡账单已出</p><table><tr><td>本期应还金额</td><td>￥ 1,306.20</td><td>＄ 0.00</td></tr>"
        "<tr><td>最低还款额</td><td>￥ 65.31</td></tr><tr><td>到期还款日</td><td>06 月 26 日</td></tr></table><img src='x.png'>"
    )
    reading = read_file(samples.mail(samples.page(body), sender=samples.CMB_SENDER, subject="招商银行信用卡电子账单"))
    (statement,) = reading.statements
    assert reading.outcome is Outcome.SUMMARY_ONLY
    assert (statement.rows_available, statement.accounts["CNY"].fen("new_balance")) == (False, 130620)
    assert statement.due_date is not None
    assert statement.due_date.value.isoformat() == "2016-06-26"
    assert statement.due_date.confidence < 95


def test_4_a_mail_with_a_summary_only() -> None:
    reading = read_file(samples.spdb_mail())
    assert reading.outcome is Outcome.SUMMARY_ONLY
    assert reading.statements[0].rows_available is False
    assert figures(reading.statements[0]) == (118263, 11826, None)


def test_4_a_page_that_is_one_picture() -> None:
    content = samples.mail(
        samples.page("<img src='cid:1'>"), sender=samples.CMB_SENDER, subject="招商银行信用卡电子账单"
    )
    assert outcome(content) is Outcome.IMAGE_ONLY


@pytest.mark.parametrize("domain", ["ccb.com.evil.example", "vip.ccb.com.cn.example", "secure-ccb.com"])
def test_5_a_sender_that_looks_like_a_bank(domain: str) -> None:
    content = samples.mail(samples.ccb_html(), sender=f"service@{domain}", subject=samples.CCB_SUBJECT)
    assert outcome(content) is Outcome.LOOK_ALIKE_SENDER


def test_5_a_forwarded_mail_is_read_and_says_that_its_sender_is_another() -> None:
    statement = one(samples.mail(samples.ccb_html(), sender="friend@example.com", subject="Fwd"))
    assert statement.warnings == ("forwarded-or-unknown-sender",)
    assert statement.issuer.confidence < one(samples.ccb_mail()).issuer.confidence


def test_5_the_same_statement_sent_twice_or_in_two_media_is_one() -> None:
    by_mail, again, saved = one(samples.cmb_mail()), one(samples.cmb_mail()), one(samples.cmb_html().encode())
    assert by_mail.identity == again.identity == saved.identity
    assert [row.identity for row in by_mail.rows] == [row.identity for row in saved.rows]
    assert one(samples.boc_mail()).identity == one(samples.boc_pdf()).identity
    assert by_mail.identity != one(samples.cmb_pdf()).identity


def test_5_a_statement_without_a_tail_is_still_the_same() -> None:
    html = samples.bocom_html()
    nameless = one(html.replace("622253******2468", "").replace("卡号末四位 2468", "").encode())
    assert nameless.cards == ()
    assert same_statement(one(samples.bocom_mail()), nameless)
    assert not same_statement(one(samples.ccb_mail()), nameless)


# ── 6, 7, 8: hostile and odd files ─────────────────────────────────────────────────────────────────────


def locked(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user=password))
    return out.getvalue()


def test_6_a_pdf_asks_for_its_password_once() -> None:
    content = locked(samples.cmb_pdf(), "123456")
    assert outcome(content) is Outcome.NEEDS_PASSWORD
    assert outcome(content, "654321") is Outcome.WRONG_PASSWORD
    assert read_file(content, password="123456").statements == read_file(samples.cmb_pdf()).statements


def test_6_a_pdf_without_tounicode_is_refused() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(samples.cmb_pdf())) as document:
        for found in document.objects:
            if isinstance(found, pikepdf.Dictionary) and "/ToUnicode" in found:
                del found["/ToUnicode"]
        document.save(out)
    assert outcome(out.getvalue()) in (Outcome.GARBLED, Outcome.NOT_A_STATEMENT)


def test_6_a_zip_with_a_password() -> None:
    content = samples.locked_zip(samples.alipay_csv())
    assert outcome(content) is Outcome.NEEDS_PASSWORD
    assert outcome(content, "123456") is Outcome.WRONG_PASSWORD


def test_7_a_large_page_with_pictures_scripts_and_links() -> None:
    heavy = (
        "<script>document.write('<table><tr><td>x</td></tr></table>')</script>"
        + "<link rel=stylesheet href='http://198.51.100.1/x'>"
    )
    picture = "<img src='data:image/png;base64," + "iVBORw0KGgo" * 150_000 + "'>"
    html = samples.cmb_html().replace("<body>", f"<body>{heavy}{picture}")
    assert len(html) > 1_000_000
    assert figures(one(html.encode())) == (130620, 6531, 90000)
    kept = "".join(line.text for line in read_html(html).lines)
    assert not any(word in kept for word in ("script", "198.51", "base64", "document.write"))


def test_7_nesting_without_end_is_no_trouble() -> None:
    assert outcome(b"<html><table><tr><td>" * 30_000) in (Outcome.NOT_A_STATEMENT, Outcome.TOO_LARGE, Outcome.DAMAGED)


def test_8_a_page_called_xls_and_a_list_called_xlsx() -> None:
    assert read_file(samples.ccb_html().encode(), name="账单.xls").outcome is Outcome.STATEMENT
    assert read_file(samples.icbc_csv(), name="账单.xlsx").outcome is Outcome.ROWS_ONLY


def test_8_cells_of_a_workbook_are_text_and_never_run() -> None:
    book = openpyxl.Workbook()
    book.active.append(['=HYPERLINK("http://x")', "+1", "@cmd", 0.1, 18.0, 20260802, '="0357"', True, None])
    out = io.BytesIO()
    book.save(out)
    (line,) = read_xlsx(out.getvalue()).lines
    assert line.texts == ("", "+1", "@cmd", "0.1", "18", "20260802")
    assert [inert(text) for text in ("=1+1", "+1", "-1", "@x", "山猫")] == ["'=1+1", "'+1", "'-1", "'@x", "山猫"]


def test_8_a_quoted_formula_in_csv_is_its_text() -> None:
    (line,) = read_csv('"=""0357""",2.02E+27,x,y\n').lines
    assert line.texts == ("0357", "2.02E+27", "x", "y")


def test_8_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * (70 * 1024 * 1024))
    assert outcome(out.getvalue()) is Outcome.TOO_LARGE
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>')
    assert outcome(out.getvalue()) is Outcome.DAMAGED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n",
        b"\x00\x01\x02" * 50,
        b"%PDF-1.7 nothing",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"hello",
    ],
)
def test_8_what_is_no_file_of_ours_has_a_name(content: bytes) -> None:
    assert outcome(content) in (Outcome.DAMAGED, Outcome.UNSUPPORTED, Outcome.NOT_A_STATEMENT, Outcome.LOCKED)


# ── 9 to 14: the shape of text ─────────────────────────────────────────────────────────────────────────


def test_9_every_blank_and_width_becomes_one() -> None:
    assert plain("\ufeff需\u00a0还\u3000款\u200b 明细（＄１２）：－３") == "需 还 款 明细($12):-3"
    assert squeezed("需 还 款 明 细") == "需还款明细"
    assert plain("￥¥") == "¥¥"


def test_10_tabs_quotes_footers_and_a_trailing_comma() -> None:
    statement = read_file(samples.icbc_csv()).statements[0]
    assert [row.description.value for row in statement.rows] == ["消费 财付通-山猫便利店", "还款 网银"]
    assert len(read_file(samples.alipay_csv()).statements[0].rows) == 2


def test_10_an_unquoted_comma_in_a_merchant_refuses_the_whole_file() -> None:
    line = "2026-08-09 10:00:00,餐饮,甲,乙,/,早餐,支出,9.00,交通银行信用卡(2468),交易成功,2026\t,T3\t,,"
    reading = read_file(samples.alipay_csv((*samples.ALIPAY_ROWS, line)))
    assert reading.outcome is Outcome.UNREAD_ROWS
    assert "早餐" in reading.unread[0]
    assert reading.statements == ()


def test_11_label_and_value_beside_below_and_torn_apart() -> None:
    assert one(samples.cmb_pdf()).accounts["CNY"].fen("min_payment") == 9375
    assert figures(one(samples.pab_mail())) == (159753, 7988, 80000)
    assert read_file(samples.spdb_mail()).statements[0].accounts["CNY"].fen("new_balance") == 118263


def test_12_a_header_of_six_over_rows_of_eight_and_missing_cells() -> None:
    assert len(one(samples.ccb_mail()).rows) == 3
    payment = one(samples.cmb_mail()).rows[0]
    assert (payment.txn_date, payment.post_date.value.isoformat()) == (None, "2026-08-03")
    assert one(samples.cmbc_mail()).rows[1].tail is not None


def test_13_of_doubled_ids_the_first_and_a_variant_of_divs() -> None:
    assert one(samples.cmb_mail()).cycle_end is not None
    cells = [cell for row in samples.CMB_ROWS for cell in (row if len(row) == 1 else row[1:])]
    html = samples.cmb_html(()) + ""
    divs = "".join(f"<div>{cell}</div>" for cell in cells)
    statement = one(html.replace("</body>", divs + "</body>").encode())
    assert (statement.layout, statement.proof.standing) == ("cmb-mail-div", Standing.PROVED)
    assert rows(statement) == rows(one(samples.cmb_mail()))


def test_14_pages_of_a_pdf() -> None:
    statement = one(samples.cmb_pdf())
    assert len(statement.rows) == 3
    assert statement.rows[1].original == "1,625.00(CN)"


def test_14_a_wrapped_description_is_put_together_and_doubled_characters_are_one() -> None:
    twice = tuple((x + 0.3, y, text) for x, y, text in samples.BOC_ROWS)
    for places in (samples.BOC_ROWS, samples.BOC_ROWS + twice):
        statement = one(samples.boc_pdf(places))
        assert statement.rows[0].description.value == "财付通-山猫便利店连锁有限公司CHN"
        assert statement.rows[0].amount.value == 23040


def test_14_several_statements_in_one_file_come_apart(tmp_path: Path) -> None:
    from dataclasses import replace

    from heyue.wallet.statement_files import assembling, layout
    from heyue.wallet.statement_files.layout import read_layout

    data = {
        "id": "year", "issuer": "X", "name": "某行", "trust": "low", "media": ["pdf"], "text": [], "splits": "^账单日",
        "rows": {"dates": ["YYYY-MM-DD"], "shapes": ["txn_date post_date description amount"]},
    }  # fmt: skip
    text = "账单日,2026-01-08\n到期还款日,2026-01-28\n本期应还款额,￥20.00\n最低还款额,￥2.00\n2026-01-01,2026-01-02,山猫,20.00\n"
    both = read_csv(text + text.replace("2026-01", "2026-02"))
    found = assembling.assemble(replace(both, medium="pdf"), read_layout(data))
    assert [one.statement_date.value.month for one in found if one.statement_date] == [1, 2]
    assert [len(one.rows) for one in found] == [1, 1]
    assert layout.layouts() is layout.layouts()


LIST: tuple[tuple[str | float, ...], ...] = (
    ("记账日期", "交易摘要", "金额", "卡号末四位"),
    (46236.0, "山猫便利店", 18.5, 357.0),
    ("2026-08-03", "还款", "-20.00", "0357"),
)


def test_8_an_old_workbook_with_serial_days_and_a_tail_that_lost_its_zero() -> None:
    content = xls(LIST)
    (table,) = read_file(content).tables
    (statement,) = read_file(content, mappings=[learned(table, table.guesses)]).statements
    assert rows(statement) == [("2026-08-02", 1850, "purchase"), ("2026-08-03", -2000, "payment")]
    assert {row.tail.value for row in statement.rows if row.tail} == {"0357"}


def test_8_the_same_list_as_xlsx() -> None:
    book = openpyxl.Workbook()
    for row in LIST:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    (table,) = read_file(out.getvalue()).tables
    assert table.fingerprint == read_file(xls(LIST)).tables[0].fingerprint


def test_14_a_watermark_across_the_page_is_not_text() -> None:
    plain_pages = read_file(samples.cmb_pdf()).statements
    assert read_file(watermarked(samples.cmb_pdf())).statements == plain_pages


def watermarked(content: bytes) -> bytes:
    """Each page with turned text over it, in a font of its own."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        font = document.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        for page in document.pages:
            page.Resources.Font["/Mark"] = font
            page.contents_add(b"q BT /Mark 20 Tf 0.7 0.7 -0.7 0.7 200 400 Tm (1234 2026-01-01 99.00) Tj ET Q")
        document.save(out)
    return out.getvalue()


def test_13_a_forwarded_page_that_lost_its_ids_keeps_one_line_of_values() -> None:
    line = "<p>2026/07/16-2026/08/15 ￥ 50,000.00 ￥ 1,306.20 ￥ 65.31 2026/09/02</p>"
    html = samples.page(f"<p>招商银行信用卡</p>{line}{samples.table(samples.CMB_ROWS)}")
    statement = one(samples.mail(html, sender="friend@example.com", subject="Fwd: 账单"))
    assert figures(statement) == (130620, 6531, None)
    assert rows(statement) == rows(one(samples.cmb_mail()))
    assert statement.proof.standing is Standing.UNPROVED


def test_14_digits_whose_places_contradict_their_order_are_refused() -> None:
    five, seven, one_ = (Glyph(sign, x, x + 4, 0, 8, at) for sign, x, at in (("5", 0, 0), ("7", 4, 2), ("1", 8, 1)))
    with pytest.raises(Unreadable):
        list(_cells([five, seven, one_]))
    assert [cell.text for cell in _cells([five, seven])] == ["57"]


def test_10_a_list_with_its_year_last_is_asked_for_and_never_guessed() -> None:
    sheet = b"Date,Description,Amount\n02/10/2026,SUPERMARKET,-120.50\n09/10/2026,PAYMENT RECEIVED,300.00\n"
    asked = read_file(sheet)
    assert asked.outcome is Outcome.UNKNOWN_LAYOUT
    (table,) = asked.tables
    columns = {"post_date": 0, "description": 1, "amount": 2}
    unsaid = read_file(sheet, mappings=[learned(table, columns)])
    assert (unsaid.outcome, unsaid.statements) == (Outcome.UNREAD_ROWS, ())
    for order, month in (("DD/MM/YYYY", 10), ("MM/DD/YYYY", 2)):
        found = read_file(sheet, mappings=[learned(table, columns, dates=order)])
        assert found.statements[0].rows[0].post_date.value.month == month


LONG = "".join(f"2026/10/{day:02};商店 {day};-{day},50\n" for day in range(1, 29))


@pytest.mark.parametrize(
    ("sheet", "fen"),
    [
        ("日子;做了什么;多少\n2026/10/08;超市;-120,50\n2026/10/12;加油;-1.300,00\n", [-120_50, -1300_00]),
        ("日子;做了什么;多少\n" + LONG, [-(day * 100 + 50) for day in range(1, 29)]),
        ('日子,做了什么,多少\n2026/10/08,超市,"-120,50"\n2026/10/12,加油,300\n', [-120_50, 300_00]),
    ],
)
def test_10_decimal_commas_lead_to_the_columns_and_are_read_as_what_they_are(sheet: str, fen: list[int]) -> None:
    asked = read_file(sheet.encode())
    assert asked.outcome is Outcome.UNKNOWN_LAYOUT
    (table,) = asked.tables
    found = read_file(sheet.encode(), mappings=[learned(table, {"post_date": 0, "description": 1, "amount": 2})])
    assert [row.amount.value for row in found.statements[0].rows] == fen


@pytest.mark.parametrize("other", ["1,200", "12.50", "1.200"])
def test_10_a_column_written_in_two_ways_is_never_read_by_guess(other: str) -> None:
    sheet = f"日子;做了什么;多少\n2026/10/08;超市;120,50\n2026/10/12;加油;{other}\n".encode()
    asked = read_file(sheet)
    assert (asked.outcome, asked.tables, asked.statements) == (Outcome.UNREAD_ROWS, (), ())
