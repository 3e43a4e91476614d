# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""Invented statements in the printed layouts of real issuers: every person, card and sum is made up.

The layouts are true as far as public material shows them: charsets and transfer encodings of the mails, element ids,
cells of a row, places on a page.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import openpyxl

from tests.statement_paper import Cells, locked_zip, mail, mail_with_file, page, pdf, table
from tests.statement_samples_more import (
    abc_mail_2024,
    boc_reissued_pdf,
    ceb_mail,
    cgb_mail,
    cgb_pdf,
    cib_mail,
    citic_mail,
    citic_pdf,
    cmbc_mail,
    hxb_mail,
    icbc_mail_abroad,
    pab_mail,
    psbc_mail,
    spdb_mail,
)

__all__ = [
    "abc_mail_2024",
    "boc_reissued_pdf",
    "ceb_mail",
    "cgb_mail",
    "cgb_pdf",
    "cib_mail",
    "citic_mail",
    "citic_pdf",
    "cmbc_mail",
    "hxb_mail",
    "icbc_mail_abroad",
    "locked_zip",
    "pab_mail",
    "psbc_mail",
    "spdb_mail",
]

# ── 招商银行 ───────────────────────────────────────────────────────────────────────────────────────────

CMB_SENDER = "ccsvc@message.cmbchina.com"
CMB_SUBJECT = "招商银行信用卡电子账单"
CMB_ROWS: tuple[Cells, ...] = (
    ("还款",),
    ("", "", "0803", "自动还款", "&yen;&nbsp;-900.00", "2468", "", "-900.00"),
    ("分期",),
    ("", "1103", "0804", "消费分期-青竹书店 本金 第10/24期", "&yen;&nbsp;1,250.00", "2468", "", "1,250.00"),
    ("消费",),
    ("", "0812", "0813", "LANTERN CAFE", "&yen;&nbsp;56.20", "2468", "US", "7.90"),
)


def cmb_html(rows: Iterable[Cells] = CMB_ROWS, **values: str) -> str:
    """7.1 of the facts; ``values`` replace those of the summary's elements."""
    ids = {
        "statementCycle": " 2026/07/16-2026/08/15 ", "creditLimit": "&yen; 50,000.00", "L1rmbLcurrBal": "&yen; 1,306.20",
        "L1rmbLdueAmt": "&yen; 65.31", "paymentDueDate": "2026/09/02", "D1rmbLbegBal": "&yen; 900.00",
        "D1rmbLpaymentAmt": "&yen; 900.00", "D1rmbLdebits": "&yen; 1,306.20", "D1rmbLcreditAmt": "&yen; 0.00",
        "D1rmbLinterest": "&yen; 0.00",
    } | values  # fmt: skip
    summary = "".join(f"<div id='{name}'>{value}</div>" for name, value in ids.items() if value is not None)
    again = "<div id='statementCycle'>2026/06/16-2026/07/15</div>"
    return page(f"<img src='https://img.example/h.png'>{summary}{again}{table(rows)}")


def cmb_mail(rows: Iterable[Cells] = CMB_ROWS, **values: str) -> bytes:
    """The monthly mail."""
    return mail(cmb_html(rows, **values), sender=CMB_SENDER, subject=CMB_SUBJECT)


def cmb_pdf(**changes: str) -> bytes:
    """7.2: header on page 1 only, values between two labels, January with rows of December."""
    said = {"balance": "¥ 1,875.00", "minimum": "¥ 93.75"} | changes
    header = (
        (43, "交易日"),
        (92, "记账日"),
        (140, "交易摘要"),
        (-409, "人民币金额"),
        (455, "卡号末四位"),
        (530, "交易地金额"),
    )
    first = [
        (150.0, 30.0, "招商银行信用卡对账单（个人消费卡账户 2026年01月）"), (150.0, 44.0, "CMB Credit Card Statement (2026.01)"),
        (45.0, 80.0, "账单日"), (45.0, 92.0, "2026年01月15日"), (45.0, 104.0, "Statement Date"),
        (45.0, 126.0, "到期还款日"), (45.0, 138.0, "2026年02月02日"), (45.0, 150.0, "Payment Due Date"),
        (336.0, 80.0, "信用额度"), (336.0, 92.0, "¥ 50,000.00"), (336.0, 104.0, "Credit Limit"),
        (336.0, 126.0, "本期还款总额"), (336.0, 138.0, said["balance"]), (336.0, 150.0, "Current Balance"),
        (455.0, 126.0, "本期最低还款额"), (455.0, 138.0, said["minimum"]), (455.0, 150.0, "Minimum Payment"),
        (43.0, 190.0, "本期账务明细 Transaction Details"), (43.0, 205.0, "人民币账户 RMB A/C"),
        *((float(x), 220.0, text) for x, text in header),
        (43.0, 232.6, "SOLD"), (92.0, 232.6, "POSTED"), (140.0, 232.6, "DESCRIPTION"),
    ]  # fmt: skip
    rows = (
        ("", "", "还款", "", "", ""),
        ("", "01/03", "掌上生活还款", "-517.50", "2468", "-517.50"),
        ("", "", "消费", "", "", ""),
        ("12/30", "01/01", "支付宝-青竹书店", "1,625.00", "2468", "1,625.00(CN)"),
    )
    second = (
        ("", "", "分期", "", "", ""),
        ("09/12", "01/05", "消费分期-山猫电器 本金 第4/12期", "250.00", "2468", "250.00(CN)"),
    )
    last = (
        (43.0, 300.0, "本期还款总额 = 上期账单金额 - 上期还款金额 + 本期账单金额 - 本期调整金额 + 循环利息"),
        *((43.0 + 90 * at, 320.0, text) for at, text in enumerate(
            (said["balance"], "¥ 517.50", "¥ 517.50", "¥ 1,875.00", "¥ 0.00", "¥ 0.00"))),
    )  # fmt: skip
    title = (150.0, 30.0, "招商银行信用卡对账单（个人消费卡账户 2026年01月）")
    return pdf((tuple(first) + _cmb_rows(rows, 250.0), (title, *_cmb_rows(second, 60.0), *last)))


def _cmb_rows(rows: Iterable[Cells], top: float) -> tuple[tuple[float, float, str], ...]:
    places = (43.0, 92.0, 140.0, -409.0, 455.0, 530.0)
    return tuple(
        (43.0 if text in ("还款", "消费", "分期") else places[at], top + 12.6 * number, text)
        for number, row in enumerate(rows)
        for at, text in enumerate(row)
        if text
    )


# ── 工商银行 ───────────────────────────────────────────────────────────────────────────────────────────

ICBC_SENDER = "webmaster@icbc.com.cn"
ICBC_SUBJECT = "中国工商银行客户对账单(ICBC Peony Card Bank Statement)"
ICBC_ROWS: tuple[Cells, ...] = (
    ("2468 ", "2026-02-03", "2026-02-03", "银联入账", "青竹", "1,000.00/RMB", "1,000.00/RMB(存入)"),
    ("2468 ", "2026-02-10", "2026-02-11", "消费", "财付通-山猫便利店…", "320.50/RMB", "320.50/RMB(支出)"),
)


def icbc_html(rows: Iterable[Cells] = ICBC_ROWS, *, owed: bool = True, totals: Cells | None = None) -> str:
    """7.3."""
    first = [
        ("卡号后四位", "币种", "应还款额", "最低还款额", "信用额度"),
        ("2468(牡丹贷记卡)", "人民币(本位币)", "320.50/RMB", "32.05/RMB", "20,000.00/RMB"),
        ("合计", "人民币(本位币)", "320.50/RMB", "32.05/RMB", ""),
    ]
    moved = totals or ("2468", "-1,000.00/RMB", "1,000.00/RMB", "320.50/RMB", "-320.50/RMB")
    body = table([("信 用 卡 对 账 单",)])
    body += table([("贷记卡到期还款日", "2026年3月13日")])
    body += table([("账单周期 2026年01月26日—2026年02月25日",), ("对账单生成日 2026年02月25日",)])
    if owed:
        body += table([("需 还 款 明 细",)]) + table(first)
    body += table([("本 期 交 易 汇 总",)])
    body += table(
        [
            ("卡号后四位", "上期余额", "本期收入", "本期支出", "本期余额"),
            ("---人民币(本位币)---",),
            moved,
            ("合计", *moved[1:]),
        ]
    )
    body += table([("人民币(本位币) 交 易 明 细",)])
    head = ("卡号后四位", "交易日", "记账日", "交易类型", "商户名称/城市", "交易金额/币种", "记账金额/币种")
    body += table([head, ("---主卡明细---",), *rows])
    return page(f"<img src='data:image/png;base64,{'iVBORw0KGgo' * 60}'>" + body, "GBK")


def icbc_mail(rows: Iterable[Cells] = ICBC_ROWS, *, owed: bool = True, totals: Cells | None = None) -> bytes:
    """The mail as GBK in quoted-printable."""
    return mail(
        icbc_html(rows, owed=owed, totals=totals), sender=ICBC_SENDER, subject=ICBC_SUBJECT, charset="gbk",
        declared="GBK", encoding="quoted-printable",
    )  # fmt: skip


def icbc_csv(extra: str = "") -> bytes:
    """Seven lines before the rows, a tab inside each field, a trailing comma, a footer."""
    head = (
        '明细查询文件下载\n\n卡号: 1234****2468,"卡别名: "\n\n子账户类别:\n\n交易日期,记账日期,摘要,交易场所,交易国家或地区简称,'
        "交易金额(收入),交易金额(支出),交易币种,记账金额(收入),记账金额(支出),记账币种,余额,对方户名\n"
    )
    rows = (
        '2026-08-02  \t,2026-08-02  \t,"消费     \t","财付通-山猫便利店    \t","CHN    \t","      \t","18.00  \t",人民币  \t,'
        '"     \t","18.00  \t",人民币  \t,"-3,728.62  \t","     \t",\n'
        '2026-08-01  \t,2026-08-01  \t,"还款     \t","网银    \t","CHN    \t","1,200.00  \t","      \t",人民币  \t,'
        '"1,200.00  \t","     \t",人民币  \t,"-3,710.62  \t","     \t",\n'
    )
    return (head + rows + extra + ' \n合计金额,,,,,"1,200.00","18.00",,"1,200.00","18.00",,,\n').encode()


# ── 建设银行 ───────────────────────────────────────────────────────────────────────────────────────────

CCB_SENDER = "service@vip.ccb.com"
CCB_SUBJECT = "中国建设银行信用卡电子账单"
CCB_ROWS: tuple[Cells, ...] = (
    ("2026-08-01", "2026-08-02", "2468/扫码", "锦城 跨行消费 青竹书店", "CNY", "430.00", "CNY", "430.00"),
    ("2026-08-05", "2026-08-05", "2468", "山猫便利店 退货", "CNY", "-20.00", "CNY", "-20.00"),
    ("2026-08-06", "2026-08-06", "2468", "建行 按卡转账还款", "CNY", "-800.00", "CNY", "-800.00"),
)


def ccb_html(rows: Iterable[Cells] = CCB_ROWS, minimum: str = "41.00") -> str:
    """7.4: nested tables, a header of six cells over rows of eight, the previous cycle in the greeting."""
    summary = table(
        [
            (
                "账户币种",
                "上期全部应还款额",
                "+",
                "消费/取现/其它费用",
                "-",
                "还款/退货/费用返还",
                "=",
                "本期全部应还款额",
            ),
            ("人民币（CNY）", "800.00", "430.00", "820.00", "410.00"),
            ("美元（USD）", "0.00", "0.00", "0.00", "0.00"),
        ]
    )
    details = table(
        [
            ("交易日", "银行记账日", "卡号后四位", "交易描述", "交易币/金额", "结算币/金额"),
            ("[人民币账户] RMB Account",),
            ("上期账单余额(Previous Balance)", "800.00"),
            *rows,
            ("*** 结束 The End ***",),
        ]
    )
    body = (
        "<p>尊敬的客户：感谢您使用中国建设银行信用卡。您2026年06月28日至2026年07月27日的还款，人民币: ￥1,102.26。</p><table>"
        "<tr><td>账单周期Statement Cycle</td><td>2026/07/28-2026/08/27</td></tr>"
        "<tr><td>本期账单日Statement Date</td><td>2026-08-27</td></tr>"
        "<tr><td>本期到期还款日Payment Due Date</td><td>2026/09/16</td></tr>"
        "<tr><td>授信额度 Credit Limit</td><td>CNY</td><td>60,000</td></tr>"
        "<tr><td>取现额度</td><td>CNY</td><td>30,000</td></tr>"
        f"<tr><td>{summary}</td></tr><tr><td>【应还款明细】</td></tr>"
        f"<tr><td>{table([('62270000****2468', '人民币(CNY)', '410.00', minimum)])}</td></tr>"
        f"<tr><td>【交易明细】</td></tr><tr><td>{details}</td></tr></table>"
    )
    return page(body)


def ccb_mail(rows: Iterable[Cells] = CCB_ROWS, minimum: str = "41.00") -> bytes:
    """The mail as UTF-8 in base64."""
    return mail(ccb_html(rows, minimum), sender=CCB_SENDER, subject=CCB_SUBJECT)


# ── 农业银行 ───────────────────────────────────────────────────────────────────────────────────────────

ABC_SENDER = "e-statement@creditcard.abchina.com.cn"
ABC_SUBJECT = "中国农业银行金穗信用卡电子对账单"
ABC_ROWS: tuple[Cells, ...] = (
    ("", "●", "还款"),
    ("260801", "260801", "2468", "银联入账 青竹/付款尾号:1357/", "300.00/CNY", "300.00/CNY"),
    ("", "●", "消费"),
    ("260803", "260805", "2468", "网上消费 财付通，山猫便利店", "486.30/CNY", "-486.30/CNY"),
)


def abc_html(rows: Iterable[Cells] = ABC_ROWS, account: Cells | None = None, owed: str = "-486.30") -> str:
    """7.5: owed is negative on top, all positive in the account's sums, spend negative in the rows."""
    sums = account or ("486.30", "0.00", "300.00", "0.00", "486.30", "300.00", "0.00")
    operators = (
        "币种",
        "本期应还",
        "-",
        "本期溢缴款",
        "=",
        "上期应还",
        "-",
        "上期溢缴款",
        "+",
        "本期账单金额",
        "-",
        "本期还款退货",
        "-",
        "本期调整",
    )
    body = "<p>中国农业银行金穗信用卡</p>"
    body += table([("卡号 Card No", "625998******2468")]) + table(
        [("账单周期 Statement Cycle", "2026/07/20-2026/08/19")]
    )
    body += table([("到期还款日 Payment Due Date", "2026/09/13")])
    body += table([("本期应还款额(欠款为-) New Balance",), ("人民币(CNY)", owed)])
    body += table([("最低还款额(欠款为-) Min Payment",), ("人民币(CNY)", "-24.32")])
    body += table([("● 客户总授信额度", "50,000.00")]) + table([operators, ("人民币(CNY)", *sums)])
    head = ("交易日期", "入账日期", "卡号后四位", "交易描述", "交易金额/币种", "入账金额/币种(支出为-)")
    body += table([("交易明细",)]) + table([head, *rows])
    return page(body)


def abc_mail(rows: Iterable[Cells] = ABC_ROWS, account: Cells | None = None, owed: str = "-486.30") -> bytes:
    """The mail, one for each card."""
    return mail(abc_html(rows, account, owed), sender=ABC_SENDER, subject=ABC_SUBJECT)


# ── 中国银行 ───────────────────────────────────────────────────────────────────────────────────────────

BOC_SENDER = "boczhangdan@bankofchina.com"
BOC_SUBJECT = "中国银行信用卡电子账单"
BOC_ROWS: tuple[tuple[float, float, str], ...] = (
    (230, 196.0, "财付通-山猫便利店连锁有限"),
    (40, 203.0, "2026-07-25"), (105, 203.0, "2026-07-26"), (180, 203.0, "2468"), (520, 203.0, "230.40"),
    (230, 210.0, "公司CHN"),
    (40, 232.0, "2026-08-01"), (105, 232.0, "2026-08-01"), (180, 232.0, "2468"), (230, 232.0, "网银还款"),
    (425, 232.0, "150.00"),
)  # fmt: skip


def boc_pdf(
    rows: tuple[tuple[float, float, str], ...] = BOC_ROWS, account: Cells | None = None, due: str = "2026-09-08"
) -> bytes:
    """7.6: a deposit and an expenditure differ only in their place; a description wraps around its line."""
    sums = account or ("欠款/DEBT 150.00", "230.40", "150.00", "欠款/DEBT 230.40", "0.00")
    owed = sums[3].split(" ")[-1]
    first = [
        (200.0, 30.0, "中国银行信用卡账单(2026年08月)"), (18.0, 40.0, "青竹女士"), (18.0, 52.0, "某市某路1号"),
        (40.0, 80.0, "到期还款日"), (170.0, 80.0, "账单日"), (300.0, 80.0, "本期人民币欠款总计"), (450.0, 80.0, "本期外币欠款总计"),
        (40.0, 92.0, due), (170.0, 92.0, "2026-08-19"), (300.0, 92.0, owed), (450.0, 92.0, "0.00"),
        (40.0, 110.0, "6259 0000 **** 2468"), (300.0, 110.0, owed), (450.0, 110.0, "23.04"),
        (40.0, 130.0, "中银信用卡主卡(卡号：2468)"),
        *((40.0 + 92 * at, 142.0, text) for at, text in enumerate(
            ("账号类型", "上期存款/欠款余额", "本期支出金额", "本期存入金额", "本期存款/欠款余额", "账单可分期金额"))),
        *((40.0 + 92 * at, 156.0, text) for at, text in enumerate(("人民币/RMB", *sums))),
        (40.0, 170.0, "人民币交易明细/RMB Transaction Detail"),
        (40.0, 182.0, "交易日"), (105.0, 182.0, "银行记账日"), (172.0, 182.0, "卡号后四位"), (270.0, 182.0, "交易描述"),
        (410.0, 182.0, "存入 Deposit"), (500.0, 182.0, "支出 Expenditure"),
    ]  # fmt: skip
    return pdf(((*first, *rows, (500.0, 800.0, "第 1 页/共"), (545.0, 800.0, "1 页")),))


def boc_mail() -> bytes:
    """A notice with the PDF as octet-stream, its ending in capitals."""
    return mail_with_file(
        boc_pdf(), sender=BOC_SENDER, subject=BOC_SUBJECT, name="中国银行信用卡电子合并账单2026年08月账单.PDF",
        notice="<!-- 账单合并为pdf模板 --><p>尊敬的客户，您的账单见附件。</p>",
    )  # fmt: skip


# ── 交通银行 ───────────────────────────────────────────────────────────────────────────────────────────

BOCOM_SENDER = "PCCC@bocomcc.com"
BOCOM_SUBJECT = "交通银行个人信用卡2026年08月电子账单"
BOCOM_CREDITS: tuple[Cells, ...] = (
    ("2026-07-20", "2026-07-20", "信用卡还款 转账还款-青竹", "CNY 600.00", "CNY 600.00"),
    ("2026-07-22", "2026-07-22", "退货 山猫便利店", "CNY24.00", "CNY 24.00"),
)
BOCOM_CHARGES: tuple[Cells, ...] = (
    ("2026-08-02", "2026-08-03", "消费 青竹书店", "CNY 386.64", "CNY 386.64"),
    ("2026-08-04", "2026-08-05", "消费 Suica Charge", "JPY 1000.00", "CNY 49.85"),
)


def bocom_html(
    credits: Iterable[Cells] = BOCOM_CREDITS, charges: Iterable[Cells] = BOCOM_CHARGES, due: str = "2026-09-04",
    balance: str = "412.49", formula: Cells | None = None,
) -> str:  # fmt: skip
    """7.7: amounts without a sign, directions from the headings, spacers between the sums."""
    sums = formula or ("412.49", "600.00", "624.00", "436.49", "0.00", "0.00")
    spaced = ["人民币账户"] + [cell for value in sums for cell in (value, "")]
    head = ("交易日期", "记账日期", "交易说明", "交易币种/金额", "入账币种/金额")
    inside = (("人民币账户明细",), ("主卡 卡号末四位 2468",))
    body = "<p>以下是您2026年08月份的交通银行信用卡电子账单</p>"
    body += table([("卡号：", "622253******2468"), ("账单周期：", "2026/07/11-2026/08/10"), ("到期还款日", due)])
    body += table([("本期应还款额", f"¥           {balance}", "$---"), ("最低还款额", "¥           20.62", "$---")])
    body += table([("信用额度", "¥ 66666"), ("取现额度", "¥ 33333")])
    body += table([spaced, ("美元账户", "---", "---", "---", "---", "---", "---")])
    body += "<p>以下是您的还款、退货及费用返还明细</p>" + table([head, *inside, *credits], "id='table3'")
    body += "<p>以下是您的消费、取现及其他费用明细</p>" + table([head, *inside, *charges], "id='table3'")
    return page(body)


def bocom_mail(**changes: object) -> bytes:
    """The mail."""
    return mail(bocom_html(**changes), sender=BOCOM_SENDER, subject=BOCOM_SUBJECT)  # type: ignore[arg-type]


# ── wallets ────────────────────────────────────────────────────────────────────────────────────────────

ALIPAY_HEAD = "交易时间            ,交易分类      ,交易对方  ,对方账号 ,商品说明 ,收/支  ,金额   ,收/付款方式        ,交易状态  ,交易订单号     ,商家订单号   ,备注   ,"
ALIPAY_ROWS = (
    "2026-08-02 21:32:14 ,日用百货      ,山猫便利店,/        ,牛奶     ,支出   ,49.74  ,交通银行信用卡(2468),交易成功  ,20260802000001\t,T0001\t,       ,",
    "2026-08-04 18:21:04 ,退款          ,山猫便利店,/        ,退款-牛奶,不计收支,16.03 ,交通银行信用卡(2468),退款成功  ,20260802000002\t,T0001\t,       ,",
    "2026-08-05 08:00:00,餐饮美食,某店,/,早餐,支出,9.00,交通银行信用卡(2468)&红包,交易关闭,20260802000003\t,T0002\t,,",
)


def alipay_csv(rows: Iterable[str] = ALIPAY_ROWS) -> bytes:
    """7.8 in GBK, with its preamble."""
    head = (
        "-"
        * 60
        + "\r\n导出信息：\r\n姓名：青竹\r\n支付宝账户：138****0000\r\n起始时间：[2026-08-01 00:00:00]    终止时间：[2026-08-31 23:59:59]\r\n"
        "导出交易类型：[全部]\r\n导出时间：[2026-09-01 09:00:00]\r\n共3笔记录\r\n收入：0笔 0.00元\r\n支出：2笔 58.74元\r\n特别提示：\r\n"
        "1.本回单内容可表明支付宝受理了相应支付交易申请。\r\n\r\n"
        "------------------------支付宝（中国）网络技术有限公司  电子客户回单------------------------\r\n"
    )
    return (head + ALIPAY_HEAD + "\r\n" + "\r\n".join(rows) + "\r\n").encode("gb18030")


def wechat_xlsx(*, notes: int = 16) -> bytes:
    """One sheet, a preamble whose length drifts, numeric sums without ¥."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["微信支付账单明细"])
    for number in range(notes - 1):
        sheet.append([f"注{number}：本明细仅供个人对账使用"])
    sheet.append(
        [
            "交易时间",
            "交易类型",
            "交易对方",
            "商品",
            "收/支",
            "金额(元)",
            "支付方式",
            "当前状态",
            "交易单号",
            "商户单号",
            "备注",
        ]
    )
    sheet.append(
        [
            "2026-08-03 12:00:01",
            "商户消费",
            "山猫便利店",
            "饮料",
            "支出",
            28.16,
            "交通银行信用卡(2468)",
            "支付成功",
            "4200001\t",
            "M1\t",
            "/",
        ]
    )
    sheet.append(
        [
            "2026-08-06 09:00:00",
            "信用卡还款",
            "交通银行",
            "还款",
            "/",
            500,
            "零钱",
            "支付成功",
            "4200002\t",
            "M2\t",
            "服务费¥0.10",
        ]
    )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
