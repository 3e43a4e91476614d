"""Automatic checks (自动核对) before and at submission: findings as data, all at once, each with its place.

``stop`` findings keep an application from being handed in; ``look`` findings are for the reviewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from heyue.engine.money import fen
from heyue.engine.refusal import words

USUAL_EXPENSES = ("food", "housing")
NEEDED_PARTS = {
    "cards": words("还没选要协商的卡"),
    "income": words("还没填每月收入"),
    "expenses": words("还没填每月支出"),
    "hardship": words("还没写遇到了什么困难"),
    "wish": words("还没填希望分几期、每月还多少"),
    "plan": words("还没选方案"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a stable code, the interview part it is about, a sentence, and whether it stops."""

    code: str
    part: str
    message: str
    severity: str

    def as_json(self) -> dict[str, str]:
        """Return the finding as it is stored with the review."""
        return asdict(self)


def before_submission(answers: Mapping[str, Any], proof_kinds: Sequence[str], sums_are_current: bool) -> list[Finding]:
    """Return all that is missing or worth a look, in the interview's order."""
    found = [
        Finding(f"{part}-missing", part, message, "stop")
        for part, message in NEEDED_PARTS.items()
        if part not in answers
    ]
    if "plan" in answers and not sums_are_current:
        found.append(Finding("sums-changed", "plan", words("欠款有了变化，方案要重新算一下"), "stop"))
    if not proof_kinds:
        found.append(Finding("no-proof", "proofs", words("至少要有一份材料，身份证也行"), "stop"))
    found.extend(_worth_a_look(answers, proof_kinds))
    return found


def _worth_a_look(answers: Mapping[str, Any], proof_kinds: Sequence[str]) -> list[Finding]:
    income = sum(fen(i["monthly"]) for i in answers.get("income", {}).get("items", []))
    spent = {i["kind"]: fen(i["monthly"]) for i in answers.get("expenses", {}).get("items", [])}
    hardship = answers.get("hardship", {}).get("kind")
    found = []
    if "income" in answers and "expenses" in answers and income <= sum(spent.values()):
        found.append(Finding("nothing-left", "expenses", words("收入减去支出没有余钱，核对一下数字"), "look"))
    if spent and not any(kind in spent for kind in USUAL_EXPENSES):
        found.append(Finding("expenses-left-out", "expenses", words("没有填吃住的开销，可能漏了"), "look"))
    if income and "income" not in proof_kinds:
        found.append(Finding("income-unproven", "proofs", words("填了收入，但没有收入材料"), "look"))
    if hardship == "illness" and "medical" not in proof_kinds:
        found.append(Finding("illness-unproven", "proofs", words("原因是生病，但没有病历或票据"), "look"))
    if hardship == "job-loss" and not {"unemployment", "hardship"} & set(proof_kinds):
        found.append(Finding("job-loss-unproven", "proofs", words("原因是没了工作，但没有离职或失业材料"), "look"))
    return found
