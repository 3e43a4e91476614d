# ruff: noqa: E501 (samples keep the length of the lines that they imitate)
"""Invented statements of further issuers, in their printed layouts: every person, card and sum is made up."""

from __future__ import annotations

from tests.statement_paper import Cells, mail, page, pdf, table


def cib_mail() -> bytes:
    """Interest and a late fee as rows, a date with a time, a refund whose words end in a date."""
    head = (
        "交易日期 Trans Date",
        "记账日期 Post Date",
        "交易摘要 Trans Description",
        "交易地金额 Trans Amount",
        "人民币金额 Amount(RMB)",
    )
    body = table(
        [
            ("兴业银行信用卡", "卡号末四位 2468"),
            ("账单日 Statement Date", "2026年07月25日"),
            ("到期还款日 Payment Due Date", "2026年08月14日"),
            ("本期应还款总额 New Balance", "RMB 727.95"),
            ("本期最低还款额 Minimum Payment", "RMB 260.10"),
            ("信用额度(人民币) Credit Limit(RMB)", "RMB 30,000.00"),
            ("上期账单余额", "已还金额", "本期账单金额", "本期调整金额", "循环利息"),
            ("RMB 1,000.00", "RMB 531.80", "RMB 127.77", "RMB 0.00", "RMB 131.98"),
        ]
    )
    body += table(
        [
            head,
            ("**** 主卡交易(卡号末四位 2468) ****",),
            ("2026-06-29 23:47", "2026-06-30", "山猫便利店", "HKD 51.00", "45.51"),
            ("2026-07-02 09:10", "2026-07-02", "青竹书店退货20260630", "", "-31.80"),
            ("2026-07-03 12:00", "2026-07-03", "还款", "", "-500.00"),
            ("2026-07-20", "2026-07-20", "信用卡违约金", "", "60.56"),
            ("2026-07-20", "2026-07-20", "利息", "", "131.98"),
            ("2026-07-21", "2026-07-21", "电销现分按月收24期 第12期共24期", "", "21.70"),
            ("账单说明",),
            ("1. 2026-07-01", "2026-07-02", "x", "", "9.99"),
        ]
    )
    return mail(page(body), sender="creditcard@message.cib.com.cn", subject="兴业银行信用卡2026年07月电子账单")


def pab_mail() -> bytes:
    """Labels over values, a sign apart from its number, the card's tail only in the heading."""
    body = "<p>平安信用卡电子账单</p>"
    body += table([("本期账单日", "本期还款日", "信用额度"), ("2026-08-17", "2026-09-05", "￥ 100,000.00")])
    body += table([("本期应还金额", "￥", "1,597.53", "$", "0.00"), ("本期最低应还金额", "￥", "79.88", "$", "0.00")])
    body += table(
        [
            (
                "本期应还金额",
                "=",
                "上期账单金额",
                "-",
                "上期还款金额",
                "+",
                "本期账单金额",
                "+",
                "本期调整金额",
                "+",
                "循环利息",
            ),
            ("￥ 1,597.53", "￥ 800.00", "￥ 800.00", "￥ 1,597.53", "￥ 0.00", "￥ 0.00"),
        ]
    )
    body += table(
        [
            ("交易日期", "记账日期", "交易说明", "人民币金额"),
            ("平安银行好车主卡（金卡）（2468） 主卡", "合计：￥ 1,597.53"),
            ("2026-07-20", "2026-07-20", "一键还款", "￥ -800.00"),
            ("2026-08-01", "2026-08-02", "山猫电器", "￥ 1,097.53"),
            ("分期 Installment", ""),
            ("2026-06-17", "2026-08-17", "商户分期 本金03-02期", "￥ 500.00"),
        ]
    )
    return mail(page(body), sender="creditcard@service.pingan.com", subject="平安信用卡电子账单")


def cmbc_mail() -> bytes:
    """Base64 of GBK inside a nested multipart; tables within the cells of a row."""

    def inner(text: str) -> str:
        return f"<table><tr><td>{text}</td></tr></table>"

    def row(cells: Cells) -> str:
        return (
            "<tr>" + "".join(f"<td>{inner(cell) if at > 2 else cell}</td>" for at, cell in enumerate(cells)) + "</tr>"
        )

    body = (
        "<p>民生信用卡电子对账单</p><div>本期账单日 Statement Date&nbsp;2026/08/05</div>"
        "<div>本期最后还款日 Payment Due Date&nbsp;2026/08/25</div>"
        "<div>人民币/美元账户 RMB/USD Account RMB&nbsp;528.96 USD&nbsp;0.00 RMB&nbsp;100.00 USD&nbsp;0.00</div>"
        "<div>本期应还款额 = 上期账单金额 - 已还金额 + 本期账单金额 + 调整 + 循环利息</div>"
        "<div>528.96 300.00 300.00 528.96 0.00 0.00</div><table>"
        + row(("还&nbsp;款",))
        + row(("07/10", "07/10", "支付宝-青竹", "-300.00", "2468"))
        + row(("消&nbsp;费",))
        + row(("07/15", "07/16", "山猫便利店", "500.00", "2468"))
        + row(("07/18", "07/19", "LANTERN CAFE USA4.02 USD", "28.96", "2468"))
        + "</table>"
    )
    return mail(
        page(body, "gb2312"), sender="master@creditcard.cmbc.com.cn", subject="民生信用卡2026年08月电子对账单",
        charset="gb18030", declared="gb2312", nested=True,
    )  # fmt: skip


def cgb_mail() -> bytes:
    """Two tails in one cell, a kind in brackets of either width, a card that owes nothing."""
    body = table([("广发信用卡", "账单周期 2026/06/27-2026/07/26")])
    body += table(
        [
            ("卡号末四位", "本期账单金额", "最低还款额", "最后还款日", "入账货币", "存款", "卡片消费额度"),
            ("2468（1357附）", "3,810.78", "191.00", "2026/08/15", "人民币", "0.00", "97,000.00"),
            ("9753", "无欠款", "无欠款", "", "人民币", "0.00", "97,000.00"),
        ]
    )
    head = ("交易日期", "入账日期", "交易摘要", "交易金额", "交易货币", "入账金额", "入账货币")
    body += "<p>卡号：6225********2468</p>"
    body += table(
        [
            head,
            ("2026/07/01", "2026/07/02", "(消费)拼多多支付-山猫", "99.69", "人民币", "99.69", "人民币"),
            ("2026/07/05", "2026/07/05", "（还款）银联转账", "-500.00", "人民币", "-500.00", "人民币"),
            ("2026/07/20", "2026/07/20", "(费用)逾期还款违约金", "20.00", "人民币", "20.00", "人民币"),
            ("刷卡次数免年费 RMB: 200.00", "0.00"),
        ]
    )
    return mail(page(body), sender="creditcard@cgbchina.com.cn", subject="广发信用卡 2026年07月电子账单")


def citic_mail() -> bytes:
    """data-key elements, an AmEx mask of three digits, nine cells a row."""
    body = (
        "<p>中信银行信用卡电子账单</p><table><tr><td>账单日</td><td data-key='billDate'>2026年08月13日</td></tr>"
        "<tr><td>到期还款日</td><td data-key='paymentDate'>2026年09月01日</td></tr>"
        "<tr><td>总账信息 本期应还款总额</td><td>CNY 348.63</td></tr>"
        "<tr><td>信用额度</td><td>CNY</td><td>50,000</td></tr></table>"
    )
    body += table([("3780-09**-****-855", "CNY", "200.00", "200.00", "348.63", "348.63", "34.86")])
    body += table(
        [
            ("20260720", "20260721", "8551", "", "财付通－还款", "CNY", "-200.00", "CNY", "-200.00"),
            ("20260801", "20260802", "8551", "", "山猫便利店", "CNY", "98.63", "CNY", "98.63"),
            ("20240813", "20260813", "8551", "", "分期本金-商户分期分24期(005/024)", "CNY", "250.00", "CNY", "250.00"),
        ]
    )
    return mail(page(body), sender="citiccard@bill.citiccard.com", subject="中信银行信用卡电子账单")


def ceb_mail() -> bytes:
    """Dollars before yuan, a credit by a word before the sum, an instalment note without a sum."""
    body = "<p>光大信用卡电子账单</p>"
    body += table([("账单日 Statement Date", "2026/08/12"), ("到期还款日 Payment Due Date", "2026/08/31")])
    body += table([("40620000****2468", "VISA阳光商旅信用卡", "909.07", "909.07", "45.45")])
    body += table([("美元账户交易明细 USD Account Details",)])
    body += table([("人民币账户交易明细 RMB Account Details",), ("某先生（收）",)])
    body += table(
        [
            ("2026/07/20", "2026/07/20", "2468", "还款", "(存入)1,194.62"),
            ("2026/08/01", "2026/08/02", "2468", "山猫便利店", "909.07"),
            ("2026/08/12", "2026/08/12", "2468", "7月份账单分期3期：本期应还款748.00，余额1,496.00", ""),
        ]
    )
    return mail(page(body), sender="cebbank@cardcenter.cebbank.com", subject="光大信用卡电子账单（2026年08月12日）")


def spdb_mail() -> bytes:
    """A summary and nothing else; links between a label and its value."""
    body = (
        "<p>20260819 60000000 0400000</p><p>浦发银行信用卡</p><p>本期应还款总额： ￥1182.63 ＄0.00</p>"
        "<p>本期最低还款额： ￥118.26 ＄0.00</p><p>到期还款日： 2026/09/08</p>"
    )
    return mail(page(body), sender="estmtservice@eb.spdb.com.cn", subject="浦发银行-信用卡电子账单")


def hxb_mail() -> bytes:
    """Dollars first, the tail before the sum, a statement day as a rule, the minus before the sign."""
    body = "<p>华夏信用卡对账单(2026/08)</p>"
    body += table([("本期应还款", "＄0.00 ￥1,070.71"), ("最低应还款", "＄0.00 ￥53.54")])
    body += table([("账单日", "每月19日"), ("最后还款日", "2026/09/08")])
    body += table([("人民币账务信息 RMB ACCOUNT",)])
    body += table(
        [
            ("08/03", "08/03", "财付通i车位 6225880000001357", "2468", "￥8.00"),
            ("08/05", "08/05", "还款", "2468", "-￥920.74"),
        ]
    )
    return mail(page(body), sender="admin@creditcardmail.hxb.com.cn", subject="华夏信用卡-电子账单2026年08月")


def psbc_mail() -> bytes:
    """A cycle in thick brackets, more cells after the tail."""
    body = "<p>邮储银行信用卡 尾号为2468</p><p>账单周期为【2026/06/28-2026/07/27】</p>"
    body += table(
        [
            ("本期应还款总额", "￥6163.68"),
            ("本期最低还款额", "￥308.18"),
            ("到期还款日", "2026年08月16日"),
            ("信用额度", "￥20000.00"),
        ]
    )
    body += table(
        [
            ("20260702", "20260703", "山猫<br>便利店", "￥63.68", "2468", "CHN", "境内"),
            ("20260710", "20260710", "还款", "￥-100.00", "2468", "CHN", "境内"),
        ]
    )
    return mail(page(body), sender="creditcardcenter@cardmail.psbcltd.cn", subject="邮储银行信用卡电子账单")


# ── older generations and other media of the first issuers ─────────────────────────────────────────────


def abc_mail_2024(*, place: bool = True) -> bytes:
    """Before 2025-06: one line of labels and values, eight digits a date, a place column that may be missing."""
    body = "<p>中国农业银行金穗信用卡</p>"
    body += table([("卡号", "625998******2468", "账单周期", "20250502-20250601", "到期还款日", "20250620")])
    body += table(
        [
            ("币种", "本期应还款额(欠款为-)", "最低还款额(欠款为-)", "信用额度"),
            ("人民币(CNY)", "-386.30", "-38.63", "50,000.00"),
        ]
    )
    body += table(
        [("【账务明细】",), ("币种", "上期余额", "本期新增应还款额", "本期已还款额、刷卡金转入", "本期账户全部余额")]
    )
    body += table([("人民币(CNY)", "-300.00", "386.30", "300.00", "-386.30")])
    names = ("交易日", "入账日期", "卡号后四位", "交易摘要", "交易地点", "交易金额/币种", "入账金额/币种")
    body += table([("【交易明细】",), *((name,) for name in names)])
    first = ("20250510", "20250511", "1357附", "山猫便利店", "某市", "386.30/CNY", "-386.30/CNY")
    second = ("20250520", "20250520", "2468", "还款", "某市", "300.00/CNY", "300.00/CNY")
    body += table([row if place else (*row[:4], *row[5:]) for row in (first, second)])
    return mail(
        page(body, "gbk"), sender="e-statement@creditcard.abchina.com", subject="中国农业银行金穗信用卡电子对账单",
        charset="gbk", declared="",
    )  # fmt: skip


def icbc_mail_abroad() -> bytes:
    """An account in Australian dollars beside the one in yuan, its own group row, a total to be skipped."""
    head = ("卡号后四位", "交易日", "记账日", "交易类型", "商户名称/城市", "交易金额/币种", "记账金额/币种")
    body = table(
        [("信 用 卡 对 账 单",), ("贷记卡到期还款日", "2026年3月13日"), ("账单周期 2026年01月26日—2026年02月25日",)]
    )
    body += table([("对账单生成日 2026年02月25日",), ("需 还 款 明 细",)])
    body += table(
        [
            ("2468(牡丹贷记卡)", "人民币(本位币)", "99.20/RMB", "9.92/RMB", "10,000.00/RMB"),
            ("澳大利亚元", "21.32/AUD", "2.13/AUD", "1,865.00/AUD"),
            ("合计", "人民币(本位币)", "99.20/RMB", "9.92/RMB", ""),
            ("澳大利亚元", "21.32/AUD", "2.13/AUD", ""),
        ]
    )
    body += table(
        [
            ("本 期 交 易 汇 总",),
            ("卡号后四位", "上期余额", "本期收入", "本期支出", "本期余额"),
            ("---人民币(本位币)---",),
        ]
    )
    body += table([("2468", "0.00/RMB", "0.00/RMB", "99.20/RMB", "-99.20/RMB"), ("---澳大利亚元---",)])
    body += table([("2468", "0.00/AUD", "0.00/AUD", "21.32/AUD", "-21.32/AUD")])
    body += table([("人民币(本位币) 交 易 明 细",), head, ("---主卡明细---",)])
    body += table([("2468 ", "2026-02-10", "2026-02-11", "消费", "山猫", "99.20/RMB", "99.20/RMB(支出)")])
    body += table([("外 币 交 易 明 细",), head, ("澳大利亚元",)])
    body += table([("2468 ", "2026-02-12", "2026-02-13", "境外消费", "LANTERN", "21.32/AUD", "21.32/AUD(支出)")])
    return mail(
        page(body, "GBK"), sender="webmaster@icbc.com.cn", subject="中国工商银行客户对账单(ICBC Peony Card Bank Statement)",
        charset="gbk", encoding="quoted-printable",
    )  # fmt: skip


def cgb_pdf() -> bytes:
    """A reissued statement: columns known by their headers alone."""
    texts = ("交易日期", "入账日期", "交易摘要", "交易金额", "交易货币", "入账金额", "入账货币")
    places = (30.0, 95.0, 180.0, 330.0, 395.0, 455.0, 520.0)
    rows = (
        ("2025/05/01", "2025/05/02", "(消费)山猫便利店", "99.69", "人民币", "99.69", "人民币"),
        ("2025/05/20", "2025/05/20", "（还款）银联转账", "-50.00", "人民币", "-50.00", "人民币"),
    )
    first = [
        (200.0, 30.0, "广发信用卡个人补寄对账单"), (30.0, 60.0, "账单周期 2025/04/27 - 2025/05/26"),
        *zip((30.0, 110.0, 190.0, 270.0, 350.0, 420.0, 480.0), [80.0] * 7,
             ("卡号末四位", "本期账单金额", "最低还款额", "最后还款日", "入账货币", "存款", "卡片消费额度"), strict=True),
        *zip((30.0, 110.0, 190.0, 270.0, 350.0, 420.0, 480.0), [95.0] * 7,
             ("2468", "99.69", "9.97", "2025/06/15", "人民币", "0.00", "97,000.00"), strict=True),
        (30.0, 120.0, "卡号：6225********2468"),
        *((x, 140.0, text) for x, text in zip(places, texts, strict=True)),
        *((x, 155.0 + 15 * at, text) for at, row in enumerate(rows) for x, text in zip(places, row, strict=True)),
        (30.0, 220.0, "用卡安全温馨提示"), (30.0, 240.0, "2025/05/01"), (330.0, 240.0, "1.00"),
    ]  # fmt: skip
    return pdf((tuple(first),))


def citic_pdf() -> bytes:
    """A year's download: two cycles of two pages each, a watermark across each page."""

    def cycle(month: int, previous: str, spent: str) -> tuple[tuple[tuple[float, float, str], ...], ...]:
        head = zip(
            (20.0, 82.0, 150.0, 185.0, 370.0, 480.0), [120.0] * 6,
            ("交易日", "银行记账日", "卡号后四位", "交易描述", "交易货币/金额", "记账货币/金额"), strict=True,
        )  # fmt: skip
        row = (f"2026{month:02d}02", f"2026{month:02d}03", "2468", "财付通－山猫便利店", f"CNY {spent}", f"CNY {spent}")
        paid = (f"2026{month:02d}04", f"2026{month:02d}04", "2468", "还款", f"CNY -{previous}", f"CNY -{previous}")
        first = [
            (200.0, 30.0, "中信银行信用卡账单"), (20.0, 50.0, f"账单日 2026-{month:02d}-08 Statement Date"),
            (300.0, 50.0, f"到期还款日 2026-{month:02d}-27 Payment Due Date"), (20.0, 65.0, f"本期应还款总额 CNY {spent}"),
            *zip((20.0, 150.0, 200.0, 270.0, 340.0, 410.0, 480.0), [90.0] * 7,
                 ("6226-88**-****-2468", "CNY", previous, previous, spent, spent, "10.00"), strict=True),
            *head,
            *zip((10.0, 72.0, 143.0, 178.0, 368.0, 480.0), [140.0] * 6, row, strict=True),
            *zip((10.0, 72.0, 143.0, 178.0, 368.0, 480.0), [155.0] * 6, paid, strict=True),
            (280.0, 800.0, "第 1 页"),
        ]  # fmt: skip
        return (tuple(first), ((20.0, 60.0, "重要提示：账单仅供参考"), (280.0, 800.0, "第 2 页")))

    return pdf(cycle(1, "50.00", "100.00") + cycle(2, "100.00", "200.00"))


def boc_reissued_pdf() -> bytes:
    """A single card's reissued statement: a year only in the summary, values one above another."""
    places = (40.0, 105.0, 180.0, 230.0, 425.0, 520.0)
    texts = ("交易日", "银行记账日", "卡号后四位", "交易描述", "存入 Deposit", "支出 Expenditure")
    rows = (("12/03", "12/04", "2468", "山猫便利店CHN", "", "594.49"), ("12/05", "12/05", "2468", "还款", "100.00", ""))
    first = [
        (100.0, 30.0, "中国银行信用卡账单 BOC Credit Supplementary Card Billing Statement(2025-12)"),
        (40.0, 80.0, "到期还款日"), (170.0, 80.0, "账单日"), (300.0, 80.0, "本期应还款额"), (450.0, 80.0, "本期最小还款"),
        (40.0, 92.0, "2026-01-08"), (170.0, 92.0, "2025-12-19"), (300.0, 92.0, "欠款 RMB 594.49"), (450.0, 92.0, "RMB 90.50"),
        (300.0, 104.0, "欠款 USD 7.32"), (450.0, 104.0, "USD 1.00"),
        (40.0, 130.0, "人民币交易明细/RMB Transcation Detail"),
        *((x, 150.0, text) for x, text in zip(places, texts, strict=True)),
        *((x, 165.0 + 15 * at, text) for at, row in enumerate(rows) for x, text in zip(places, row, strict=True) if text),
    ]  # fmt: skip
    return pdf((tuple(first),))
