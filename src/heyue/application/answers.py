"""The interview's parts: what each may hold, parsed once at the edge, judged in plain words at the field.

``clean(part, values)`` returns the plain JSON that is sealed in the draft, or raises ``FieldErrors``.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import rfc8785

from heyue import clock
from heyue.engine.money import fen, yuan
from heyue.engine.refusal import words
from heyue.policy.load import rule

AMOUNT_FEN_MAX = 10_000_000_00
CARDS_MAX = 50
VERSION_CHARS = 16
WHOLE_CHARS_MAX = 6
NOT_PRINTED = ("Cc", "Cf", "Cs", "Co", "Cn")
STORY_CHARS_MIN = 10
STORY_CHARS_MAX = 2000
DEPENDANTS_MAX = 12

INCOME_KINDS = {
    "wage": words("工资（到手）"),
    "side": words("兼职、零工"),
    "business": words("做生意的净收入"),
    "pension": words("养老金、退休金"),
    "benefit": words("低保、失业金、补助"),
    "family": words("家人帮补"),
    "other": words("其他收入"),
}
EXPENSE_KINDS = {
    "housing": words("房租、房贷"),
    "food": words("吃饭、买菜"),
    "utilities": words("水电燃气、物业"),
    "transport": words("交通"),
    "phone": words("手机、网络"),
    "medical": words("看病、吃药"),
    "children": words("孩子上学、照看"),
    "elders": words("赡养老人"),
    "insurance": words("社保、保险"),
    "other_debt": words("其他要还的钱（不含这次的信用卡）"),
    "other": words("其他必须花的"),
}
HARDSHIP_KINDS = {
    "job-loss": words("没了工作"),
    "income-cut": words("收入少了"),
    "illness": words("生病、受伤"),
    "business": words("生意亏了、关门了"),
    "family": words("家里出了事"),
    "other": words("其他原因"),
}
PARTS = ("cards", "income", "expenses", "hardship", "wish", "plan")


def part_version(answers: Mapping[str, Any], part: str) -> str:
    """Return what tells one version of a part from another: a form that was drawn from it carries it along."""
    return hashlib.sha256(rfc8785.dumps(answers.get(part))).hexdigest()[:VERSION_CHARS]


class FieldErrors(Exception):
    """What is wrong with a part, all at once: field name → sentence (a gettext message id)."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(sorted(errors)))
        self.errors = errors


def clean(part: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part as it is kept. ``values`` are strings and lists of strings as they were typed.

    cards: ``ids`` list. income, expenses: one amount per kind in yuan (blank = none); expenses also
    ``dependants``, ``reserve``, ``savings``. hardship: ``kind``, ``story``. wish: ``periods``, ``monthly``.
    plan: ``name``, and for ``custom`` the number of periods per bank under ``periods:<bank id>``.
    """
    if part not in _CLEANERS:
        raise KeyError(part)
    errors: dict[str, str] = {}
    kept = _CLEANERS[part](values, errors)
    if errors:
        raise FieldErrors(errors)
    return kept


def amount(values: Mapping[str, Any], name: str, errors: dict[str, str], *, required: bool = False) -> int:
    """Read an amount in yuan as fen; commas, spaces, ¥, 元 and full-width digits are forgiven."""
    typed = _narrow(values.get(name)).replace(",", "").replace("、", "").lstrip("¥").removesuffix("元")
    if not typed:
        if required:
            errors[name] = words("这一项还没填。没有就填 0")
        return 0
    try:
        value = fen(typed)
    except ValueError:
        errors[name] = words("填数字就行，例如 4800 或 4800.50")
        return 0
    if value < 0:
        errors[name] = words("填 0 或更大的数")
        return 0
    if value > AMOUNT_FEN_MAX:
        errors[name] = words("这个数太大了，看看是不是多打了一位")
        return 0
    return value


def longest_term() -> int:
    """Return the longest term in months. Source: 商业银行信用卡业务监督管理办法 第七十条 (CC-70-2)."""
    return int(rule("CC-70-2", clock.today()).value)


def whole(values: Mapping[str, Any], name: str, low: int, high: int, errors: dict[str, str], message: str) -> int:
    """Read a whole number within its limits."""
    typed = _narrow(values.get(name))
    if not typed.isdecimal() or len(typed) > WHOLE_CHARS_MAX or not low <= int(typed) <= high:
        errors[name] = message
        return low
    return int(typed)


def _narrow(value: object) -> str:
    """Return what was typed without spaces, full-width signs made narrow as a Chinese keyboard leaves them."""
    return "".join(unicodedata.normalize("NFKC", str(value or "")).split())


def _cards(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    typed = [str(i) for i in values.get("ids") or []]
    try:
        ids = [str(i) for i in dict.fromkeys(UUID(i) for i in typed)]
    except ValueError:
        ids = []
    if not ids or len(ids) > CARDS_MAX:
        errors["ids"] = words("至少选一张卡") if not ids else words("一次最多选 50 张卡")
    return {"ids": ids}


def _items(kinds: Mapping[str, str], values: Mapping[str, Any], errors: dict[str, str]) -> list[dict[str, str]]:
    found = []
    for kind in kinds:
        value = amount(values, kind, errors)
        if value:
            found.append({"kind": kind, "monthly": yuan(value)})
    return found


def _income(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    return {"items": _items(INCOME_KINDS, values, errors)}


def _expenses(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    items = _items(EXPENSE_KINDS, values, errors)
    if not items and not errors:
        errors["food"] = words("每月总有要花的钱，至少填一项")
    return {
        "items": items,
        "dependants": whole(
            {"dependants": values.get("dependants") or "0"},
            "dependants",
            0,
            DEPENDANTS_MAX,
            errors,
            words("填要你养活的人数，没有就填 0"),
        ),
        "reserve": yuan(amount(values, "reserve", errors)),
        "savings": yuan(amount(values, "savings", errors)),
    }


def _hardship(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    kind = str(values.get("kind") or "")
    story = _plain_text(str(values.get("story") or ""))
    if kind not in HARDSHIP_KINDS:
        errors["kind"] = words("选一个最接近的")
    if len(story) < STORY_CHARS_MIN:
        errors["story"] = words("再写几句：什么时候、发生了什么、现在怎么样")
    if len(story) > STORY_CHARS_MAX:
        errors["story"] = words("写得太长了，请留在 2000 字以内")
    return {"kind": kind, "story": story}


def _plain_text(text: str) -> str:
    """Return the text with one kind of line end and without control characters, which no paper prints."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in NOT_PRINTED).strip()


def _wish(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    return {
        "periods": whole(
            values, "periods", 1, longest_term(), errors, words("填期数，一期是一个月；法规允许最长 60 期，也就是五年")
        ),
        "monthly": yuan(amount(values, "monthly", errors, required=True)),
    }


def _plan(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    name = str(values.get("name") or "")
    kept: dict[str, Any] = {"name": name}
    if not name:
        errors["name"] = words("选一个方案")
    if name == "custom":
        kept["periods"] = {}
        for key in values:
            if key.startswith("periods:"):
                kept["periods"][key.removeprefix("periods:")] = whole(
                    values, key, 1, longest_term(), errors, words("从这家银行的期数里选一个")
                )
        if not kept["periods"]:
            errors["name"] = words("先给每家银行选期数")
    return kept


_CLEANERS: dict[str, Callable[[Mapping[str, Any], dict[str, str]], dict[str, Any]]] = {
    "cards": _cards,
    "income": _income,
    "expenses": _expenses,
    "hardship": _hardship,
    "wish": _wish,
    "plan": _plan,
}
