"""How figures, dates and instants are written on paper."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_METHODS = {
    "equal_instalment": "等额本息：每期还的钱一样多，利息按剩余本金算",
    "equal_principal": "等额本金：每期还的本金一样多，利息按剩余本金算，逐期减少",
    "flat_fee": "等额本金加固定费用：每期本金和费用都不变，费用按分期本金算",
    "interest_free": "免息分期：每期只还本金",
}


def rmb(amount_fen: int) -> str:
    """Write integer fen as ¥ with thousands separators and two places; a negative sum has a leading minus."""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{'−' if amount_fen < 0 else ''}¥{whole:,}.{cents:02d}"


def percent(ratio: str) -> str:
    """Write a computed ratio as a percentage of two places, half up."""
    return f"{(Decimal(ratio) * 100).quantize(Decimal('0.01'), ROUND_HALF_UP):f}%"


def agreed_percent(ratio: str) -> str:
    """Write an agreed rate as a percentage with every place it has, two at least, and never rounded."""
    exact = Decimal(ratio) * 100
    places = max(2, -int(exact.normalize().as_tuple().exponent))
    return f"{exact:.{places}f}%"


def day(value: date) -> str:
    """Write a date in full, without a weekday."""
    return f"{value.year}年{value.month}月{value.day}日"


def business_day(value: datetime) -> date:
    """The date in Shanghai of an aware instant."""
    if value.tzinfo is None:
        raise ValueError("an instant must be aware")
    return value.astimezone(_SHANGHAI).date()


def moment(value: datetime) -> str:
    """Write an aware instant in Shanghai time to the second."""
    return f"{day(business_day(value))} {value.astimezone(_SHANGHAI):%H:%M:%S}（北京时间）"


def size(size_bytes: int) -> str:
    """Write a file's size in KB, or in MB from one MB on."""
    if size_bytes < 1_000_000:
        return f"{max(1, (size_bytes + 500) // 1000)} KB"
    tenths = (size_bytes + 50_000) // 100_000
    return f"{tenths // 10}.{tenths % 10} MB"


def method_in_words(method: str) -> str:
    """Say in words how the instalments come about; the method is one of `heyue schedule`."""
    return _METHODS[method]


def rate_in_words(rate: str | None, per: str | None) -> str:
    """Say the agreed rate and its period; `per` is month or year, None for an interest-free plan."""
    if rate is None or per is None:
        return "不收利息和费用"
    return f"{'每月' if per == 'month' else '每年'} {agreed_percent(rate)}"
