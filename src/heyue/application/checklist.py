"""Which proofs (证明材料) this situation asks for. A list to help, not a condition: one paper is enough to apply.

Source: practice of banks, domain.md section 3 (grade C); the reviewer judges what is still missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from heyue.application.proofs import KINDS
from heyue.engine.refusal import words


@dataclass(frozen=True, slots=True)
class Wanted:
    """One kind of proof, and what exactly to send (a gettext message id)."""

    kind: str
    what: str


ALWAYS = (Wanted("identity", words("正面、反面各一张，四个角都拍进来")),)
OF_INCOME = {
    "wage": Wanted("income", words("近3个月的工资条，或单位开的收入证明")),
    "side": Wanted("bank-flow", words("近6个月收款的银行卡或微信、支付宝流水")),
    "business": Wanted("bank-flow", words("近6个月收款的银行卡或微信、支付宝流水")),
    "pension": Wanted("income", words("近3个月的到账记录")),
    "benefit": Wanted("hardship", words("低保证、领失业金或补助的记录")),
}
NO_INCOME = Wanted("bank-flow", words("近6个月常用银行卡的流水，能看出现在没有进账"))
OF_HARDSHIP = {
    "job-loss": Wanted("unemployment", words("解除劳动合同证明、离职证明或失业登记")),
    "income-cut": Wanted("bank-flow", words("近6个月的工资卡流水，看得出前后差多少")),
    "illness": Wanted("medical", words("病历、出院小结、缴费单，有哪样传哪样")),
    "business": Wanted("business", words("注销、停业登记，退租协议，或欠货款的单据")),
    "family": Wanted("family", words("社区、村里的证明，或能说明情况的文件")),
}


def wanted(answers: Mapping[str, Any]) -> list[Wanted]:
    """Return what this borrower should send, each kind once, in order of weight."""
    found = list(ALWAYS)
    hardship = OF_HARDSHIP.get(answers.get("hardship", {}).get("kind", ""))
    if hardship:
        found.append(hardship)
    items = answers.get("income", {}).get("items", [])
    found.extend(OF_INCOME[i["kind"]] for i in items if i["kind"] in OF_INCOME)
    if "income" in answers and not items:
        found.append(NO_INCOME)
    first: dict[str, Wanted] = {}
    for one in found:
        first.setdefault(one.kind, one)
    return list(first.values())


def others(listed: Collection[str]) -> list[str]:
    """Return the kinds that are not asked for but may be sent."""
    return [kind for kind in KINDS if kind not in listed]
