"""What of an application a bank declares that it needs (最小必要); the rest is never shown to it.

Source: 个人信息保护法 第六条. Name, ID number, phone, the debt and what is asked are always needed: without them there
is nothing to negotiate.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from heyue.banks.models import Bank


class Needs(BaseModel):
    """The fields that a bank may do without: each income and expense, the words about what happened, kinds of proofs.

    ``proof_kinds`` None: all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_lines: bool = True
    hardship_story: bool = True
    proof_kinds: tuple[str, ...] | None = None

    def proof(self, kind: str) -> bool:
        """Whether a kind of proof is needed."""
        return self.proof_kinds is None or kind in self.proof_kinds

    def within(self, agreed: Needs) -> Needs:
        """Return what is both needed here and was agreed to there: what was added since falls away."""
        kinds = self.proof_kinds
        if agreed.proof_kinds is not None:
            kinds = tuple(kind for kind in agreed.proof_kinds if self.proof(kind))
        return Needs(
            budget_lines=self.budget_lines and agreed.budget_lines,
            hardship_story=self.hardship_story and agreed.hardship_story,
            proof_kinds=kinds,
        )

    def kept(self) -> dict[str, Any]:
        """Return it as a row keeps it."""
        return self.model_dump(mode="json")


def needs_of(bank: Bank) -> Needs:
    """Return what a bank declares today that it needs; what it was shown before stands with each form."""
    return Needs.model_validate(bank.needs)
