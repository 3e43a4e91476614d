"""What is wrong with a menu that an officer wrote, in words of the page: each finding of the engine at its field."""

from __future__ import annotations

from datetime import date
from typing import Any

from heyue.engine.bad_input import Findings
from heyue.engine.menu import CHOICES_MAX, PERIODS_WRITABLE_MAX, BankPolicy, read_policy
from heyue.engine.refusal import Refusal, words
from heyue.negotiation.terms import TERM_TOO_LONG, longest_term

Wrong = tuple[str, str, dict[str, object]]
"""Member of the menu, message id, what fills its places."""
RATE = words("费率填 0 到 100 之间的百分数，最多 10 位小数")
RATIOS = words("填 0 到 100 之间的百分数，最多 10 位小数，例如 0, 5, 10")
WORDS = {
    "method": words("选一种算法"),
    "monthly_rate": RATE,
    "annual_rate": RATE,
    "periods": words("期数填 1 到 %(longest)s 的整数，最多 %(many)s 个"),
    "down_payment_ratios": RATIOS,
    "waiver_ratios": RATIOS,
    "minimum_instalment": words("每期最少填一个金额，最多两位小数"),
    "due_day": words("填 1 到 31"),
    "usual": words("通常给的期数要在上面列出的期数里"),
    "": words("期数、首付和减免一共有 %(found)s 种组合，最多 %(many)s 种，去掉几个"),
}
"""What each member may be; the empty name is all of it. The engine's own sentences are for its JSON."""


class MenuRefused(Refusal):
    """A menu that the engine or the law refuses; ``wrong`` holds all of it at once, each at its member."""

    def __init__(self, wrong: list[Wrong]) -> None:
        field, message, params = wrong[0]
        super().__init__("policy-bad", message, field=field, status=422, params=params)
        self.wrong = tuple(wrong)


def judged_menu(menu: dict[str, Any], day: date) -> BankPolicy:
    """Return the menu as the engine reads it. Raises ``MenuRefused`` with all that the engine or the law refuses."""
    findings = Findings()
    read = read_policy(menu, "", findings)
    wrong: dict[str, Wrong] = {}
    for pointer, _detail in findings.errors:
        member = pointer.strip("/").split("/")[0]
        wrong.setdefault(member, _said(member, menu))
    if wrong:
        raise MenuRefused(list(wrong.values()))
    longest, said = longest_term(day)
    if max(read.periods) > longest:
        raise MenuRefused([("periods", TERM_TOO_LONG, said)])
    return read


def _said(member: str, menu: dict[str, Any]) -> Wrong:
    name = member if member in WORDS else "usual"
    found = 1
    for listed in ("periods", "down_payment_ratios", "waiver_ratios"):
        found *= len(menu.get(listed) or [0])
    params: dict[str, object] = {"longest": PERIODS_WRITABLE_MAX, "many": CHOICES_MAX, "found": found}
    return name or "periods", WORDS[name], params
