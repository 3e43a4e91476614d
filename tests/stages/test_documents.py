"""What the papers must hold: every figure, once and right, whatever people wrote into them."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.agreement import document
from heyue.agreement.document import Accrual, AgreementText, BreachTerms, Contact, SignatureCertificate
from heyue.dispatch import form as forms
from heyue.dispatch.form import (
    ApplicationForm,
    Hardship,
    MonthlyBudget,
    MonthlyLine,
    ProofItem,
    Standstill,
)
from heyue.documents.coverage import drawable
from heyue.documents.figures import agreed_percent, moment, percent, rmb, size
from heyue.documents.plan import Bank, CardDebt, Debt, Holder, Plan, PlanRow
from heyue.documents.printable import clean
from heyue.documents.typeset import DocumentNotTypeset, pdf

SUBMITTED_AT = datetime(2026, 11, 16, 2, 5, 9, tzinfo=UTC)
BANK = Bank("北川银行股份有限公司信用卡中心", "北")
LIN = Holder("林晓", "420106198803072128", "13812345678")
HASH = hashlib.sha256(b"schedule").hexdigest()


def text_of(made: bytes) -> str:
    """All text of a PDF without blanks: typesetting puts them where it likes."""
    pages = pypdfium2.PdfDocument(made)
    words = "".join(page.get_textpage().get_text_range() for page in pages)
    return re.sub(r"[\s\u200b\ufffe]", "", words)


def a_plan(principal_fen: int, periods: int = 48, **changes: Any) -> Plan:
    """A flat-fee plan at 0.2 % a month, due on the 18th from December 2026 on."""
    down_fen = changes.get("down_payment_fen", 0)
    financed_fen = left_fen = principal_fen - down_fen
    fee_fen = financed_fen * 2 // 1000
    rows = []
    for period in range(1, periods + 1):
        part_fen = financed_fen // periods if period < periods else left_fen
        left_fen -= part_fen
        years, month = divmod(10 + period, 12)
        due_on = date(2026 + years, month + 1, 18)
        rows.append(PlanRow(period, due_on, part_fen + fee_fen, part_fen, fee_fen, left_fen))
    facts: dict[str, Any] = {
        "principal_fen": principal_fen,
        "waived_fen": 0,
        "down_payment_fen": down_fen,
        "periods": periods,
        "method": "flat_fee",
        "rate": "0.002",
        "rate_per": "month",
        "annualised_simple": "0.045712",
        "annualised_effective": "0.046682",
        "interest_after_base_date": "waived",
        "first_due_on": rows[0].due_on,
        "due_day": 18,
        "total_payment_fen": financed_fen + fee_fen * periods,
        "total_interest_fen": fee_fen * periods,
        "schedule_hash": HASH,
        "rows": tuple(rows),
    }
    return Plan(**(facts | changes))


def a_debt() -> Debt:
    """Two cards of one bank."""
    cards = (
        CardDebt("9036", "北川标准卡", 1_954_986, 102_107, 11_708, 2_068_801, 49),
        CardDebt("0417", "北川青年卡", 300_000, 4_500, 0, 304_500, 0),
    )
    return Debt(cards, 2_373_301)


def a_budget(**changes: Any) -> MonthlyBudget:
    """What Lin earns and needs in a month."""
    facts: dict[str, Any] = {
        "income": (MonthlyLine("超市工资（到手）", 480_000), MonthlyLine("周末兼职", 80_000)),
        "expenses": (MonthlyLine("房租", 150_000), MonthlyLine("吃饭和日用", 180_000)),
        "income_fen": 560_000,
        "expenses_fen": 330_000,
        "reserve_fen": 15_000,
        "affordable_fen": 215_000,
        "other_banks_monthly_fen": 134_260,
        "savings_fen": 300_000,
    }
    return MonthlyBudget(**(facts | changes))


def a_form(**changes: Any) -> ApplicationForm:
    """Lin's application to bank B."""
    facts: dict[str, Any] = {
        "number": "HY-20261116-0427-BC",
        "application_number": "HY-20261116-0427",
        "bank": BANK,
        "holder": LIN,
        "base_on": date(2026, 11, 15),
        "submitted_at": SUBMITTED_AT,
        "declared_at": SUBMITTED_AT - timedelta(seconds=14),
        "debt": a_debt(),
        "budget": a_budget(),
        "hardship": Hardship("失业", "服装店8月底关门，失业一个月。\n\n10月起在超市上班。"),
        "asked": a_plan(2_361_593, waived_fen=11_708),
        "standstill": Standstill(date(2026, 12, 16)),
        "proofs": (ProofItem("工资条", "收入证明", 2, 1_240_000, "ab" * 32),),
    }
    return ApplicationForm(**(facts | changes))


def an_agreement(**changes: Any) -> AgreementText:
    """What bank B and Lin agreed."""
    facts: dict[str, Any] = {
        "number": "HX-20261124-0427-BC",
        "application_number": "HY-20261116-0427",
        "bank": BANK,
        "holder": LIN,
        "base_on": date(2026, 11, 15),
        "drawn_on": date(2026, 11, 24),
        "debt": a_debt(),
        "plan": a_plan(2_361_593, 36, waived_fen=11_708, down_payment_fen=100_000),
        "down_payment_due_on": date(2026, 12, 1),
        "annual_fee": Accrual(False, "还款期间不收年费"),
        "interest": Accrual(False, "停止计收利息"),
        "other_fees": Accrual(True, "分期费用每月 0.20%"),
        "breach": BreachTerms(3, 2, "in_a_row", 15, "按未还部分的 5% 收一次违约金", "kept"),
        "where_to_pay": ("存入尾号 9036 的信用卡账户",),
        "contacts": (Contact("金融监管消费者热线", "12378"), Contact("人民银行热线", "12363")),
    }
    return AgreementText(**(facts | changes))


def a_certificate(**changes: Any) -> SignatureCertificate:
    """Lin signed, bank B seven minutes later."""
    signed_at = datetime(2026, 11, 24, 3, 0, 1, tzinfo=UTC)
    facts: dict[str, Any] = {
        "agreement_number": "HX-20261124-0427-BC",
        "bank": BANK,
        "document_sha256": "12" * 32,
        "schedule_hash": HASH,
        "holder_name": "林晓",
        "holder_id_masked": "420106********2128",
        "holder_phone_masked": "138****5678",
        "holder_signed_at": signed_at,
        "bank_signer": "赵宁",
        "bank_staff_number": "B-0217",
        "bank_signed_at": signed_at + timedelta(minutes=7),
        "message_id": "0199a6d2-7f1c-7cc2-a1b0-8f6d1e2c3b4a",
        "message_sha256": "9f" * 32,
        "key_id": "beichuan-2026-1",
        "signature_base64": "A" * 86 + "==",
        "in_force_on": date(2026, 11, 24),
        "collection_stops_on": date(2026, 11, 24),
    }
    return SignatureCertificate(**(facts | changes))


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_form_states_every_fact() -> None:
    form = a_form()
    found = text_of(forms.render(form))
    for expected in (
        "协商还款（个性化分期）申请表",
        "致：北川银行股份有限公司信用卡中心",
        "HY-20261116-0427-BC",
        "基准日2026年11月15日",
        "2026年11月16日10:05:09（北京时间）",
        *("林晓", "420106198803072128", "13812345678"),
        *("尾号9036", "¥19,549.86", "¥1,021.07", "¥117.08", "¥20,688.01", "49天", "尾号0417", "未逾期"),
        *("¥22,549.86", "¥1,066.07", "¥23,733.01"),
        *("超市工资（到手）", "¥4,800.00", "房租", "¥1,500.00", "¥5,600.00", "¥3,300.00", "¥150.00"),
        *("¥2,150.00", "¥1,342.60", "手头应急的钱：¥3,000.00"),
        *("失业", "服装店8月底关门，失业一个月。", "10月起在超市上班。"),
        *("48期", "¥23,615.93", "每月0.20%", "4.57%", "4.67%", "等额本金加固定费用", "2026年12月18日"),
        "请求免除：从基准日次日起到协议生效，不再计收利息和违约金",
        "到2026年12月16日为止，在协商期间暂停对申请人的催收",
        *("工资条", "2页·1.2MB", "ab" * 8),
        "2026年11月16日10:04:55（北京时间）",
        "第七十条",
        forms.digest(form),
        HASH,
    ):
        assert expected in found, expected


def test_the_form_shows_the_largest_month_against_the_budget() -> None:
    form = a_form()
    largest_fen = max(row.payment_fen for row in form.asked.rows)
    found = text_of(forms.render(form))
    assert f"本方案，每月最多{rmb(largest_fen)}" in found
    assert f"减去各行还款后还剩{rmb(215_000 - 134_260 - largest_fen)}" in found


def test_a_budget_that_falls_short_says_by_how_much() -> None:
    short = a_budget(income=(MonthlyLine("低保", 90_000),), income_fen=90_000, affordable_fen=0)
    assert "收入不够支出和应急，每月缺¥2,550.00" in text_of(forms.render(a_form(budget=short)))


def test_nobody_needs_an_income_to_apply() -> None:
    none = a_budget(income=(), income_fen=0, affordable_fen=0)
    assert "收入合计¥0.00" in text_of(forms.render(a_form(budget=none)))


def test_a_form_without_standstill_or_proofs_says_so() -> None:
    found = text_of(forms.render(a_form(standstill=None, proofs=())))
    assert "申请人本次没有请求暂停催收" in found
    assert "没有随附材料" in found


def test_all_sixty_instalments_are_listed_and_summed() -> None:
    asked = a_plan(2_361_593, 60, waived_fen=11_708)
    found = text_of(forms.render(a_form(asked=asked)))
    for row in asked.rows:
        sums = (row.payment_fen, row.principal_fen, row.interest_fen, row.balance_fen)
        assert f"{row.period}{row.due_on.isoformat()}" + "".join(map(rmb, sums)) in found, row.period
    totals = (asked.total_payment_fen, asked.principal_fen, asked.total_interest_fen)
    assert "合计60期" + "".join(map(rmb, totals)) in found


# ── the agreement ────────────────────────────────────────────────────────────────────────────────────


def test_the_agreement_states_what_article_70_requires() -> None:
    agreement = an_agreement()
    found = text_of(document.render(agreement))
    headings = (
        ("一", "欠款余额、结构和币种"),
        ("二", "还款周期、方式、币种、日期和每期金额"),
        ("三", "还款期间的年费、利息和其他费用"),
        ("四", "不申领信用卡的承诺"),
        ("五", "权利、义务和违约责任"),
        ("六", "其他与还款有关的事项"),
    )
    for number, heading in headings:
        assert f"{number}、{heading}第七十条第（{number}）项" in found
    for expected in (
        *("尾号9036", "¥20,688.01", "尾号0417", "¥3,045.00", "乙方欠甲方¥23,733.01", "人民币（CNY）"),
        *("免除¥117.08后，按本协议偿还¥23,615.93", "每月一期", "36期", "每月18日"),
        *("年费不计收还款期间不收年费", "利息不计收停止计收利息", "其他费用计收分期费用每月0.20%"),
        "在本协议的款项全部还清之前，不向任何银行申领信用卡",
        *("到期日后3天内补足的，视为按时还款", "其余各期照常，不因此提前到期", "连续2期到期未还"),
        *("至少提前15天书面通知乙方", "提前还款", "信用记录", "12378", "12363"),
        *("停止催收", "录音", "乙方在2026年12月1日以前付首付¥1,000.00", "存入尾号9036的信用卡账户"),
        *("不经手、不保管任何款项", "一次性验证码", "签名的报文", HASH, document.digest(agreement)),
    ):
        assert expected in found, expected
    for row in agreement.plan.rows:
        assert f"{row.period}{row.due_on.isoformat()}{rmb(row.payment_fen)}" in found


@pytest.mark.parametrize(
    ("breach", "expected"),
    [
        (BreachTerms(0, 1, "in_total", 30, "不收", "kept"), "任何一期到期未还"),
        (BreachTerms(0, 3, "in_total", 30, "不收", "kept"), "累计3期到期未还"),
        (BreachTerms(0, 3, "in_total", 30, "不收", "kept"), "已经免除的款项不恢复计收"),
        (BreachTerms(0, 3, "in_total", 30, "不收", "restored"), "可以恢复计收按本协议免除的款项"),
    ],
)
def test_the_agreement_says_what_a_missed_payment_means(breach: BreachTerms, expected: str) -> None:
    assert expected in text_of(document.render(an_agreement(breach=breach)))


def test_a_sentence_that_brings_its_own_full_stop_ends_with_one() -> None:
    breach = BreachTerms(3, 2, "in_a_row", 15, "过了宽限期按公示的标准收。", "kept")
    found = text_of(document.render(an_agreement(breach=breach, where_to_pay=("在手机银行还。", "到柜台还。"))))
    assert "按公示的标准收。其余各期照常" in found
    assert "在手机银行还；到柜台还。乙方直接还给甲方" in found


def test_an_agreement_without_a_waiver_does_not_speak_of_one_in_its_sum() -> None:
    plan = a_plan(2_373_301, 36, down_payment_fen=100_000)
    assert "币种为人民币（CNY）。按本协议偿还¥23,733.01" in text_of(document.render(an_agreement(plan=plan)))


def test_a_single_missed_payment_is_not_called_borne_when_it_may_void_the_agreement() -> None:
    breach = BreachTerms(3, 1, "in_total", 15, "不收", "kept")
    assert "不因此提前到期" not in text_of(document.render(an_agreement(breach=breach)))


def test_the_certificate_states_how_each_side_signed() -> None:
    found = text_of(document.render_certificate(a_certificate()))
    for expected in (
        *("签署页", "HX-20261124-0427-BC", "12" * 32, HASH, "9f" * 32, "A" * 86 + "=="),
        *("2026年11月24日11:00:01（北京时间）", "2026年11月24日11:07:01（北京时间）"),
        *("赵宁", "B-0217", "beichuan-2026-1", "0199a6d2-7f1c-7cc2-a1b0-8f6d1e2c3b4a"),
        "停止催收自2026年11月24日起",
    ):
        assert expected in found, expected
    assert "420106198803072128" not in found


# ── the same facts, the same bytes ───────────────────────────────────────────────────────────────────


def test_the_same_facts_give_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:]; import test_documents as t;"
        "print(hashlib.sha256(t.forms.render(t.a_form()) + t.document.render(t.an_agreement())).hexdigest())"
    )
    folders = [str(Path(__file__).parent), str(Path(forms.__file__).parents[2])]
    other = subprocess.run(
        [sys.executable, "-c", script, *folders], capture_output=True, text=True, check=True, timeout=120
    )
    here = hashlib.sha256(forms.render(a_form()) + document.render(an_agreement())).hexdigest()
    assert other.stdout.strip() == here


def test_another_fact_gives_another_digest_and_other_bytes() -> None:
    changed = a_form(holder=replace(LIN, phone="13812345679"))
    assert forms.digest(changed) != forms.digest(a_form())
    assert forms.render(changed) != forms.render(a_form())


def test_papers_are_archival_and_carry_only_the_shipped_fonts(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(forms.render(a_form()))
    with pikepdf.open(path) as opened:
        with opened.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        names = {str(thing["/FontName"]) for thing in opened.objects if _is_font(thing)}
        assert opened.Root.Lang == "zh-CN"
        assert "/JavaScript" not in opened.Root.get("/Names", {})
    assert names
    assert all("NotoSansCJKsc" in name for name in names)


def _is_font(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing


# ── what people wrote stays text ─────────────────────────────────────────────────────────────────────

MARKUP = (
    '#panic("x")',
    '#read("/etc/passwd")',
    '#import "/documents/frame.typ": *',
    "$x^2$ *粗* _斜_ `码` <label> @ref = 标题",
    ']} \\ // 注释 /* */ "引号" ~ -- ---',
    '{"json": [1, null]}',
)


@pytest.mark.parametrize("written", MARKUP)
def test_markup_in_what_people_wrote_is_inert(written: str) -> None:
    form = a_form(
        holder=replace(LIN, name=written),
        hardship=Hardship(written, written),
        proofs=(ProofItem(written, written, 1, 1, "ab" * 32),),
        budget=a_budget(income=(MonthlyLine(written, 560_000),)),
    )
    found = text_of(forms.render(form))
    assert found.count(re.sub(r"\s", "", written)) >= 5


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_whatever_was_written_can_be_set(written: str) -> None:
    assert document.render_certificate(a_certificate(holder_name=written)).startswith(b"%PDF-")


def test_rare_characters_are_named_and_explained() -> None:
    found = text_of(forms.render(a_form(holder=replace(LIN, name="林\U00030ede"))))
    assert "林〔U+30EDE〕" in found
    assert "统一码（Unicode）编号" in found
    assert "Unicode" not in text_of(forms.render(a_form()))


def test_control_and_direction_marks_are_dropped() -> None:
    assert clean("a\x00\u202eb\u2066c\u200d\ufe0f\U000e0100", drawable()) == "abc"
    assert clean("一\n二\t三", drawable()) == "一 二 三"
    assert clean("\U0001f642", drawable()) == "〔U+1F642〕"


@pytest.mark.parametrize(
    "identifier",
    [HASH, "HY-20261116-0427-BC", "420106198803072128", "0199a6d2-7f1c-7cc2-a1b0-8f6d1e2c3b4a"],
)
def test_numbers_and_digests_stay_whole(identifier: str) -> None:
    assert clean(identifier, drawable()) == identifier


def test_other_long_runs_may_wrap() -> None:
    assert clean("W" * 20, drawable()) == "WWWWWWWW\u200bWWWWWWWW\u200bWWWW"


def test_a_very_long_story_is_printed_to_its_last_word() -> None:
    story = "\n".join(f"第{number}段，" + "每月房贷和药费都要付，" * 17 + f"到{number}止。" for number in range(10))
    found = text_of(forms.render(a_form(hardship=Hardship("生病", story))))
    # A page's foot may stand between any two characters, so the story is counted rather than compared.
    assert found.count("药") == story.count("药")
    assert all(f"到{number}止。" in found for number in range(10))


def test_nothing_runs_off_the_page() -> None:
    wide = "W" * 120
    cards = tuple(replace(a_debt().cards[0], last4=f"000{number}", product=wide) for number in range(4))
    form = a_form(
        holder=replace(LIN, name=wide),
        hardship=Hardship("失业", wide * 10),
        debt=Debt(cards, 4 * 2_068_801),
        asked=a_plan(4 * 2_068_801, 60),
        proofs=tuple(ProofItem(wide, "收入证明", 2, 1, "ab" * 32) for _ in range(20)),
    )
    for page in pypdfium2.PdfDocument(forms.render(form)):
        words = page.get_textpage()
        for number in range(words.count_chars()):
            left, _, right, _ = words.get_charbox(number)
            assert left >= 50
            assert right <= page.get_width() - 50


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    facts = {"document": {"title": "", "number": "", "dated_on": "2026-11-16", "qr": "HY"}}
    with pytest.raises(DocumentNotTypeset, match=r"missing\.typ"):
        pdf(tmp_path / "missing.typ", facts)


# ── facts that disagree with themselves are refused ──────────────────────────────────────────────────


def test_sums_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="parts sum to"):
        CardDebt("9036", "卡", 100, 10, 1, 112, 0)
    with pytest.raises(ValueError, match="cards sum to"):
        Debt(a_debt().cards, 2_373_302)
    with pytest.raises(ValueError, match="income lines"):
        a_budget(income_fen=560_001, affordable_fen=215_001)
    with pytest.raises(ValueError, match="expense lines"):
        a_budget(expenses_fen=329_999, affordable_fen=215_001)
    with pytest.raises(ValueError, match="affordable"):
        a_budget(affordable_fen=215_001)
    with pytest.raises(ValueError, match="balance less waiver"):
        a_form(asked=a_plan(2_361_593))
    with pytest.raises(ValueError, match="balance less waiver"):
        an_agreement(plan=a_plan(2_373_302), down_payment_due_on=None)


def test_a_schedule_that_does_not_repay_its_principal_is_refused() -> None:
    good = a_plan(2_373_301, 12)
    first, *rest = good.rows
    for bad in (
        {"rows": good.rows[:-1]},
        {"rows": (replace(first, payment_fen=first.payment_fen + 1), *rest)},
        {"rows": (replace(first, balance_fen=first.balance_fen + 1), *rest)},
        {"principal_fen": 2_373_302},
        {"total_payment_fen": good.total_payment_fen + 1},
        {"total_interest_fen": good.total_interest_fen + 1},
        {"first_due_on": date(2026, 12, 19)},
        {"rate_per": None},
        {"schedule_hash": "69360daf"},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            replace(good, **bad)  # type: ignore[arg-type]


def test_an_agreement_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="denies"):
        an_agreement(other_fees=Accrual(False, "不收"))
    with pytest.raises(ValueError, match="down payment"):
        an_agreement(down_payment_due_on=None)
    with pytest.raises(ValueError, match="where and how"):
        an_agreement(where_to_pay=())
    with pytest.raises(ValueError, match="complain"):
        an_agreement(contacts=())
    with pytest.raises(ValueError, match="notice"):
        BreachTerms(3, 2, "in_a_row", 0, "", "kept")
    with pytest.raises(ValueError, match="after the holder"):
        a_certificate(bank_signed_at=datetime(2026, 11, 24, 2, 0, tzinfo=UTC))


# ── how figures are written ──────────────────────────────────────────────────────────────────────────


def test_figures_are_written_one_way() -> None:
    assert [rmb(sum_fen) for sum_fen in (0, 5, 123_456_789, -9_350)] == [
        *("¥0.00", "¥0.05", "¥1,234,567.89", "−¥93.50")
    ]
    assert [percent(ratio) for ratio in ("0.045650", "0.045649", "0")] == ["4.57%", "4.56%", "0.00%"]
    assert [agreed_percent(rate) for rate in ("0.002", "0.000325", "0.1", "0")] == [
        *("0.20%", "0.0325%", "10.00%", "0.00%")
    ]
    assert [size(count) for count in (1, 842_000, 1_240_000)] == ["1 KB", "842 KB", "1.2 MB"]
    with pytest.raises(ValueError, match="aware"):
        moment(datetime(2026, 11, 16, 10, 0))
