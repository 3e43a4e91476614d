"""A living-cost guideline to compare a household with (当地人均消费支出), and gentle questions from it.

The figures are data handed in, dated and sourced (``heyue.policy``); a note never lowers what a household may
keep, it only asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from heyue.engine.bad_input import Fields
from heyue.engine.money import round_half_up, yuan

CATEGORIES = {
    "food": ("food",),
    "clothing": ("clothing",),
    "housing": ("housing", "rent", "mortgage", "utilities"),
    "household": ("household",),
    "transport_and_phone": ("transport", "phone"),
    "education": ("children", "education"),
    "medical": ("medical",),
    "other": (),
}
LOW, HIGH = Fraction(1, 2), Fraction(3, 2)
_NAMES = {
    "food": "吃饭", "clothing": "穿衣", "housing": "住房水电", "household": "日用", "transport_and_phone": "交通通信",
    "education": "孩子上学", "medical": "看病吃药", "other": "其他",
}  # fmt: skip
_LEFT_OUT = {
    "food": "没有填吃饭的钱。是家里人在付，还是漏了？",
    "housing": "没有填住房和水电的钱。住自家的房子，也常有物业和水电。",
    "transport_and_phone": "没有填交通和手机的钱。每月都要花的话，记得加上。",
    "medical": "没有填看病吃药的钱。平时不花也好；偶尔要花的，可以按一年的钱除以 12 来填。",
}


@dataclass(frozen=True)
class Guideline:
    """What one person spends a month in a place, by category, in fen, and whence it is known."""

    source: str
    monthly_per_person_fen: Mapping[str, int]


@dataclass(frozen=True)
class Note:
    """A gentle question about the budget: a stable code, the category, the sum it is about, words for a person."""

    code: str
    category: str
    amount_fen: int
    words: str


def read_guideline(fields: Fields) -> Guideline:
    """Read a guideline; what is wrong goes to the fields' findings."""
    inner = fields.child("guideline", ("source", "monthly_per_person"))
    source = inner.text("source")
    sums = inner.child("monthly_per_person", tuple(CATEGORIES))
    return Guideline(source, {name: sums.money(name) for name in CATEGORIES if sums.has(name)})


def notes_on(
    spent_fen: Mapping[str, int], persons: int, guideline: Guideline | None, reserve_fen: int
) -> tuple[Note, ...]:
    """What looks left out or out of line in expenses by kind; ``persons`` live on them."""
    by_category = {
        category: sum(spent_fen.get(kind, 0) for kind in {*kinds, category}) for category, kinds in CATEGORIES.items()
    }
    return (*_left_out(by_category), *_out_of_line(by_category, persons, guideline), *_reserve(reserve_fen))


def _left_out(by_category: Mapping[str, int]) -> Iterator[Note]:
    for category, words in _LEFT_OUT.items():
        if not by_category[category]:
            yield Note("left_out", category, 0, words)


def _out_of_line(by_category: Mapping[str, int], persons: int, guideline: Guideline | None) -> Iterator[Note]:
    if guideline is None:
        return
    for category, each_fen in guideline.monthly_per_person_fen.items():
        amount_fen, usual_fen = by_category[category], each_fen * persons
        said = f"{_NAMES[category]}每月 {yuan(amount_fen)} 元"
        if amount_fen and amount_fen < round_half_up(LOW * usual_fen):
            words = f"{said}，不到当地 {persons} 口人平均的一半。够用吗？留足一点，方案才撑得久。"
            yield Note("below_guideline", category, usual_fen, words)
        elif amount_fen > round_half_up(HIGH * usual_fen):
            words = f"{said}，比当地 {persons} 口人的平均高不少。银行可能会问起，可以先备好单据。"
            yield Note("above_guideline", category, usual_fen, words)


def _reserve(reserve_fen: int) -> Iterator[Note]:
    if not reserve_fen:
        yield Note("no_reserve", "reserve", 0, "没有留应急的钱。每月留一点，遇上小事才不会断供。")
