"""What the help pages say: terms in plain words, rights with their articles, the signs of a fraud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from heyue import clock
from heyue.engine.refusal import words
from heyue.policy.load import Record, rule

NO_ARTICLE = ("无", "全文")
UNCONFIRMED = "条号待核"

TERMS: tuple[tuple[str, str], ...] = (
    (words("账单日"), words("每个月银行把这一期花的、欠的算成一张账单的那天。")),
    (words("最后还款日"), words("这一天以前还清账单，就不生利息。晚了算逾期。")),
    (words("最低还款额"), words("这一期最少要还的数。只还它，剩下的照样生利息，不算逾期。")),
    (words("循环利息"), words("没有全部还清时，从每一笔入账那天起按天算的利息。")),
    (words("全额计息、差额计息"), words("全额：没还清就按整张账单算利息。差额：只对没还的部分算。看你的领用合约。")),
    (words("复利"), words("没还的利息，下个月又生利息。违约金不能再生利息。")),
    (words("违约金"), words("没还够最低还款额时收的一笔钱，以前叫滞纳金。")),
    (words("本金"), words("你真正花掉、还没还的钱，不含利息和费用。")),
    (words("逾期"), words("过了最后还款日还没还够。逾期会记进信用报告。")),
    (words("个性化分期"), words("还不起时，和银行商量好的分期：最长五年，签了就停止催收。")),
    (words("期数"), words("分几个月还。一期就是一个月。")),
    (words("首付"), words("签了以后先还的一笔。不是每家都要。")),
    (words("减免"), words("银行答应不收的利息、违约金。写进协议才算数。")),
    (words("年化利率"), words("把利息和分期费都折成一年的百分数，好比较哪家贵。")),
    (words("基准日"), words("申请里的欠款数算到哪一天。")),
    (words("能拿出的钱"), words("每月收入减去必须花的、留作应急的，剩下能还债的数。")),
    (words("暂停催收"), words("谈的时候请银行先别催。银行可以不同意，要写明原因。")),
    (words("初审"), words("和约先帮你看一遍材料齐不齐、数对不对，再送给银行。")),
    (words("回执"), words("银行签了名的收条。从收到那天起算答复的日子。")),
    (words("还价"), words("银行给的条件付不起，提一个你付得起的，请它再答。")),
    (words("催办函"), words("银行到日子没答复，我们替你发给它的信。")),
    (words("征信、信用报告"), words("人民银行那里的还款记录。每年可以免费查。")),
    (words("结清证明"), words("全部还清以后，银行写给你的证明。留好。")),
    (words("指纹、哈希"), words("文件的一串字码。改一个字，字码就全变，所以能证明没被改过。")),
)


@dataclass(frozen=True, slots=True)
class Right:
    """One right in plain words, and the act and article that it rests on."""

    words: str
    source: str
    article: str
    unconfirmed: bool


def _nothing(record: Record) -> dict[str, object]:
    return {}


_RIGHTS: tuple[tuple[str, str, Callable[[Record], dict[str, object]]], ...] = (
    ("CC-70-1", words("还不起、但是愿意还，可以和银行平等协商分期。"), _nothing),
    ("CC-70-2", words("分期最长可以谈到 %(n)s 个月。"), lambda r: {"n": r.value}),
    ("CC-70-4", words("协议签了，你照着还，银行和它委托的人就要停止催收。"), _nothing),
    ("CC-70-5", words("电话里谈成的也算，银行要把录音留到还清为止。"), _nothing),
    ("CC-68-CONDUCT", words("不许催你的家人、同事、朋友，不许骂人、吓人、动手；催收要录音。"), _nothing),
    ("CC-68", words("催收的录音至少保存 %(n)s 年，你可以要求调取。"), lambda r: {"n": r.value}),
    (
        "COLLECT-TIME",
        words("%(from)s 到第二天 %(until)s 不该打电话催你。"),
        lambda r: {"from": r.value["quiet_from"], "until": r.value["quiet_until"]},
    ),
    ("CC-69", words("催收函要写明欠多少、为什么、依据什么、怎么查账和提异议，并盖公章。"), _nothing),
    ("PB-111-FEE", words("违约金、年费、取现手续费不许再算利息。"), _nothing),
    ("PB-2021-3", words("分期费要折成年化利率，明明白白告诉你。"), _nothing),
    ("COMPLAINT", words("投诉了，事情清楚的 %(n)s 天内要有处理决定。"), lambda r: {"n": r.value}),
    ("COMPLAINT-COMPLEX", words("复杂的投诉，最长 %(n)s 天。"), lambda r: {"n": r.value}),
    (
        "CREDIT",
        words("信用报告写错了可以提异议，%(days)s 天内要答复；不良记录从还清起保存 %(years)s 年。"),
        lambda r: {"days": r.value["objection_days"], "years": r.value["adverse_years"]},
    ),
    ("PIPL-28-29", words("账户、病历这些敏感信息，谁要用都要单独问你同意。"), _nothing),
    ("PIPL-24", words("机器算出来的决定，你可以要求说明，也可以不接受只由机器作的决定。"), _nothing),
    ("PIPL-44-50", words("你的资料，你可以查、复制、带走、改、删。"), _nothing),
)


def rights() -> list[Right]:
    """Return the rights as they stand on the business day, each with the record it is drawn from."""
    return [_right(rule(name, clock.today()), said, places) for name, said, places in _RIGHTS]


def _right(record: Record, said: str, places: Callable[[Record], dict[str, object]]) -> Right:
    filled = places(record)
    article = "" if record.article in (*NO_ARTICLE, UNCONFIRMED) else record.article
    unconfirmed = record.article == UNCONFIRMED or record.grade != "A"
    return Right(_(said) % filled if filled else _(said), record.source, article, unconfirmed)


FRAUD_SIGNS: tuple[str, ...] = (
    words("先收钱：要你交一成、两成欠款当“代办费”“保证金”。"),
    words("打包票：说“百分之百停息”“不用还了”“内部有人”。"),
    words("收证件：要你寄身份证、银行卡、电话卡，或者交出验证码、密码。"),
    words("教你编：假病历、假贫困证明、假流水。出了事担责的是你。"),
    words("替你说：让你把电话转给他，冒充你和银行谈，换掉你留的号码。"),
    words("教你闹：成批投诉、编造催收，把你的账户拖进黑名单。"),
    words("收了钱就拖，最后找不到人。"),
)
FRAUD_WHAT_NOW: tuple[str, ...] = (
    words("别再给钱，别再发资料。聊天、转账记录都留着。"),
    words("电话卡、银行卡给出去了，马上挂失补办，改掉所有密码。"),
    words("打 110 报警，或者到派出所；%(line)s 是反诈专线。"),
    words("打卡背面的电话告诉银行：以后只和你本人谈。"),
)
