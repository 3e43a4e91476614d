"""How the bank's pages write values: yuan, dates, masked names, Chinese for the protocol's names."""

from datetime import UTC, date, datetime, timedelta, timezone

from sandbox_bank.heyue_command import EngineRefused
from sandbox_bank.money import to_yuan
from sandbox_bank.problems import Problem

SHANGHAI = timezone(timedelta(hours=8))
WEEKDAYS = "一二三四五六日"
WORDS = {
    "application": "申请",
    "application.received": "收到申请（回执）",
    "standstill.answered": "答复暂停催收",
    "officer.assigned": "分配专员",
    "question.asked": "提问",
    "offer.made": "出方案",
    "application.accepted": "同意申请的条件",
    "application.refused": "婉拒",
    "counter.accepted": "同意还价",
    "counter.refused": "不同意还价",
    "agreement.signed": "签署协议",
    "collection.stopped": "停止催收",
    "payment.posted": "还款入账",
    "offer.accepted": "持卡人接受方案",
    "offer.declined": "持卡人没接受方案",
    "offer.countered": "持卡人还价",
    "question.answered": "持卡人答复",
    "answer.chased": "催促答复",
    "negotiation.ended": "持卡人结束协商",
    "agreement.drawn": "协议文本",
    "instalment.warned": "持卡人提前说这期还不上",
    "agreement.lapsed": "协议没按时签，失效",
    "agreement.completed": "协议还清",
    "dispute.asked": "平台就异议提问",
    "dispute.closed": "平台对异议的结论",
    "dispute.answered": "回答异议里的问题",
    "sum": "欠款或条件里的数不对",
    "collection": "说好暂停或停止了，还在催收",
    "disclosure": "资料给了不该看的人",
    "other": "别的事",
    "upheld": "成立",
    "partly-upheld": "部分成立",
    "not-upheld": "不成立",
    "withdrawn": "持卡人撤回了",
    "agrees": "持卡人说得对",
    "partly": "持卡人说对了一部分",
    "disagrees": "持卡人说得不对",
    "informs": "只说明情况",
    "waiting": "等处理",
    "taken": "已处理",
    "refused": "没被接受",
    "pending": "等发送",
    "sent": "对方已收",
    "dead": "发不出去，已停",
    "active": "照常催收",
    "paused": "暂停催收",
    "stopped": "停止催收",
    "purchase": "消费",
    "cash_advance": "取现",
    "payment": "还款",
    "refund": "退款",
    "fee": "费用",
    "down": "断线",
    "error": "系统出错",
    "slow": "很慢",
    "silent": "不处理也不发送",
}
CASE_STATES = {
    "received": "收到，待答复",
    "offered": "已出方案",
    "accepted": "已同意",
    "refused": "已婉拒",
    "agreed": "持卡人已接受，待签",
    "in_force": "协议生效",
    "completed": "已还清",
    "ended": "持卡人已结束",
}


def yuan(value: int | str) -> str:
    """¥ with thousands separators, from fen or from a decimal string."""
    text = to_yuan(value) if isinstance(value, int) else value
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}¥{int(digits.split('.')[0]):,}.{digits.split('.')[1] if '.' in digits else '00'}"


def day(value: date | str) -> str:
    """A date as people write it, with its weekday."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{when.year}年{when.month}月{when.day}日 (周{WEEKDAYS[when.weekday()]})"


def moment(value: str) -> str:
    """An instant in Shanghai time."""
    when = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return when.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")


def masked_name(name: str) -> str:
    """The surname alone."""
    return name[:1] + "*"


def masked_number(number: str) -> str:
    """An identity number by its first six and last four, a phone number by its first three and last four."""
    shown = 3 if len(number) == 11 else 6
    return number[:shown] + "*" * (len(number) - shown - 4) + number[-4:]


def word(name: str) -> str:
    """The Chinese for a name of the protocol, or the name itself."""
    return WORDS.get(name, name)


def why(refused: Exception) -> str:
    """What stood in the way, for the person at the page."""
    if isinstance(refused, Problem):
        return "；".join(dict.fromkeys([refused.detail, *(one["detail"] for one in refused.errors)]))
    if isinstance(refused, EngineRefused):
        return f"这些条件算不出还款表：{refused.detail}"
    return "有一项没填对，请看看金额、日期和期数"
