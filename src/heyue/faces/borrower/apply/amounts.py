"""The sums of the budget as fields: labels, hints, published averages, and gentle questions beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from heyue import clock
from heyue.application.answers import EXPENSE_KINDS, INCOME_KINDS
from heyue.application.living_cost import FIELD_OF, averages, persons, questions
from heyue.engine.budget import Note
from heyue.engine.refusal import words
from heyue.faces.shown import yuan_text

INCOME_HINTS = {
    "wage": words("打到卡里的数，不是合同上的"),
    "side": words("时多时少，按这几个月平均"),
    "business": words("去掉进货、房租以后剩的"),
    "benefit": words("每月固定领到的"),
    "family": words("说好每月给的才算"),
}
EXPENSE_HINTS = {
    "housing": words("没有填 0"),
    "food": words("一家人的"),
    "medical": words("复查、常备药，没有填 0"),
    "children": words("学费按月摊"),
    "other_debt": words("车贷、网贷、向人借的"),
    "reserve": words("生病、人情，谁都会有，留一点才还得下去"),
    "savings": words("要付首付时才用得上，没有填 0"),
}
SELDOM = ("elders", "insurance", "other_debt", "other")
KEPT_BACK = {"reserve": words("每月留作应急"), "savings": words("手头的积蓄")}
AVERAGE_OF = {
    "food": words("吃饭平均"),
    "housing": words("住房加水电，平均"),
    "transport": words("交通加手机，平均"),
    "medical": words("看病吃药平均"),
    "children": words("教育文娱平均"),
}
CATEGORY_NAMES = {
    "food": words("吃饭"),
    "housing": words("住房水电"),
    "transport_and_phone": words("交通和手机"),
    "education": words("孩子上学"),
    "medical": words("看病吃药"),
}
LEFT_OUT = {
    "food": words("没有填吃饭的钱。是家里人在付，还是漏了？"),
    "housing": words("没有填住房和水电的钱。住自家的房子，也常有物业和水电。"),
    "transport_and_phone": words("没有填交通和手机的钱。每月都要花的话，记得加上。"),
    "medical": words("没有填看病吃药的钱。偶尔要花的，可以按一年的钱除以 12 来填。"),
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum to type in: its name in the form, words, what stands in it, what is wrong with it.

    ``average`` says the published average, ``each_fen`` its sum for one person; ``question`` asks about what
    was kept. ``at`` sets the ids of one form apart from another's on the same page.
    """

    name: str
    label: str
    hint: str
    value: str
    error: str
    average: str = ""
    each_fen: int = 0
    question: str = ""
    at: str = ""

    @property
    def error_id(self) -> str:
        """The id of what is wrong with it."""
        return f"{self.at}e-{self.name}"


@dataclass(frozen=True, slots=True)
class ExpenseFields:
    """All fields of the expenses: often and seldom, who is fed, what is kept back and saved, and the source."""

    often: tuple[Amount, ...]
    seldom: tuple[Amount, ...]
    seldom_open: bool
    dependants: str
    dependants_error: str
    reserve: Amount
    savings: Amount
    persons: int
    source: str
    at: str = ""

    @property
    def dependants_id(self) -> str:
        """The id of what is wrong with the number of those fed."""
        return f"{self.at}e-dependants"


def income_fields(values: Mapping[str, str], errors: Mapping[str, str], at: str = "") -> tuple[Amount, ...]:
    """Return the fields of the income."""
    return amounts(INCOME_KINDS, INCOME_HINTS, values, errors, at)


def expense_fields(
    values: Mapping[str, str], errors: Mapping[str, str], answers: Mapping[str, Any], at: str = ""
) -> ExpenseFields:
    """Return the fields of the expenses; averages are for those whom ``answers`` say live on the income."""
    today = clock.today()
    known = averages(today)
    people = persons(answers)
    asked = {FIELD_OF[note.category]: question(note, people) for note in questions(answers, today)}
    each = {usual.field: usual.each_fen for usual in known.usual}

    def among(kinds: Mapping[str, str]) -> tuple[Amount, ...]:
        return tuple(_beside(one, each, asked, people) for one in amounts(kinds, EXPENSE_HINTS, values, errors, at))

    reserve, savings = among(KEPT_BACK)
    return ExpenseFields(
        often=among({kind: label for kind, label in EXPENSE_KINDS.items() if kind not in SELDOM}),
        seldom=among({kind: EXPENSE_KINDS[kind] for kind in SELDOM}),
        seldom_open=any(values.get(kind) or errors.get(kind) for kind in SELDOM),
        dependants=values.get("dependants", ""),
        dependants_error=_(errors["dependants"]) if "dependants" in errors else "",
        reserve=reserve,
        savings=savings,
        persons=people,
        source=known.source,
        at=at,
    )


def amounts(
    labels: Mapping[str, str],
    hints: Mapping[str, str],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    at: str = "",
) -> tuple[Amount, ...]:
    """Return one field for each label."""
    return tuple(
        Amount(
            name,
            _(label),
            _(hints[name]) if name in hints else "",
            values.get(name, ""),
            _(errors[name]) if name in errors else "",
            at=at,
        )
        for name, label in labels.items()
    )


def as_typed(part: Mapping[str, Any]) -> dict[str, str]:
    """Return a kept part as it stands in the form's fields."""
    found = {name: str(value) for name, value in part.items() if name != "items"}
    found.update({item["kind"]: item["monthly"] for item in part.get("items", [])})
    sums = {"reserve", "savings", "monthly", *(item["kind"] for item in part.get("items", []))}
    return {name: grouped(value) if name in sums else value for name, value in found.items()}


def grouped(text: str) -> str:
    """Write a plain sum like 4800.00 as 4,800."""
    whole, _dot, places = text.partition(".")
    return f"{int(whole):,}" + (f".{places}" if places.strip("0") else "")


def question(note: Note, people: int) -> str:
    """Say a gentle question about the budget; it blames nobody and stops nothing."""
    if note.code == "no_reserve":
        return _("没有留应急的钱。每月留一点，遇上小事才不会断供。")
    if note.code == "left_out":
        return _(LEFT_OUT[note.category])
    facts = {"name": _(CATEGORY_NAMES[note.category]), "n": people, "sum": yuan_text(note.amount_fen)}
    if note.code == "below_guideline":
        return _("%(name)s不到全国%(n)s口人平均（%(sum)s）的一半。够用吗？留足一点，方案才撑得久。") % facts
    return _("%(name)s比全国%(n)s口人的平均（%(sum)s）高不少。银行可能会问起，可以先备好单据。") % facts


def all_questions(answers: Mapping[str, Any]) -> Iterable[str]:
    """Say every gentle question about the budget as it was kept."""
    people = persons(answers)
    return [question(note, people) for note in questions(answers, clock.today())]


def _beside(one: Amount, each: Mapping[str, int], asked: Mapping[str, str], people: int) -> Amount:
    each_fen = each.get(one.name, 0) if one.name in AVERAGE_OF else 0
    return Amount(
        one.name,
        one.label,
        one.hint,
        one.value,
        one.error,
        average=_("%(what)s %(sum)s") % {"what": _(AVERAGE_OF[one.name]), "sum": yuan_text(each_fen * people)}
        if each_fen
        else "",
        each_fen=each_fen,
        question="" if one.error else asked.get(one.name, ""),
        at=one.at,
    )
