"""Items of a household's income and expenses: a kind, a monthly sum, and in which months it is there."""

from dataclasses import dataclass
from datetime import date

from heyue.engine.bad_input import Fields

ENTRIES_MAX = 100
FIELDS = ("kind", "monthly", "from", "until", "months")
_NAMES = {
    "wage": "工资", "side": "零工", "business": "做生意", "pension": "养老金", "benefit": "补助",
    "family": "家人帮补", "housing": "房租房贷", "rent": "房租", "mortgage": "房贷", "food": "吃饭",
    "utilities": "水电物业", "transport": "交通", "phone": "手机网络", "medical": "看病吃药",
    "children": "孩子", "education": "上学", "elders": "赡养老人", "dependants": "家人",
    "insurance": "社保保险", "other_debt": "其他要还的钱", "clothing": "穿衣", "household": "日用",
    "other": "其他",
}  # fmt: skip
_DATED = ("from", "until", "months")


@dataclass(frozen=True)
class Item:
    """One item; ``months`` are calendar months of a seasonal one, empty when it is there all year."""

    kind: str
    monthly_fen: int
    first_on: date | None = None
    last_on: date | None = None
    months: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """The kind in words; a kind that nobody listed is its own name."""
        return _NAMES.get(self.kind, self.kind)

    @property
    def varies(self) -> bool:
        """Whether a month may differ from another."""
        return bool(self.first_on or self.last_on or self.months)

    def in_month(self, on: date) -> int:
        """The sum of the month of ``on``, in fen; both end months count whole."""
        month = (on.year, on.month)
        if self.first_on and month < (self.first_on.year, self.first_on.month):
            return 0
        if self.last_on and month > (self.last_on.year, self.last_on.month):
            return 0
        if self.months and on.month not in self.months:
            return 0
        return self.monthly_fen


def read_items(fields: Fields, name: str, *, dated: bool) -> tuple[Item, ...]:
    """Read a list of items; dates and months need a base date (``dated``)."""
    found = []
    for index, entry in enumerate(fields.array(name, 0, ENTRIES_MAX)):
        inner = Fields(entry, f"{fields.pointer(name)}/{index}", FIELDS, fields.findings)
        kind, monthly_fen = inner.text("kind"), inner.money("monthly")
        given = [field for field in _DATED if inner.has(field)]
        if given and not dated:
            inner.bad(given[0], "要先给出 as_of，才知道是哪个月")
            continue
        first_on = inner.day("from") if inner.has("from") else None
        last_on = inner.day("until") if inner.has("until") else None
        if first_on and last_on and inner.ok("from", "until") and last_on < first_on:
            inner.bad("until", "早于开始的日期")
        found.append(Item(kind, monthly_fen, first_on, last_on, _read_months(inner)))
    return tuple(found)


def _read_months(inner: Fields) -> frozenset[int]:
    if not inner.has("months"):
        return frozenset()
    given = inner.array("months", 1, 12)
    for index, month in enumerate(given):
        if type(month) is not int or not 1 <= month <= 12:
            inner.findings.add(f"{inner.pointer('months')}/{index}", "应为 1 到 12 的整数")
    return frozenset(month for month in given if type(month) is int)
