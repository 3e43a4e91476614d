"""How much one officer of a bank may grant alone (审批限额); over it a second officer approves.

Part of a bank's policy, so it is dated like it. Practice of a bank: grade C.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from heyue.banks.reads import policies_on


class Limits(BaseModel):
    """Up to which sums in fen and how many instalments one officer decides alone; None: without a limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    balance_fen_max: int | None = Field(default=None, ge=0)
    waived_fen_max: int | None = Field(default=None, ge=0)
    periods_max: int | None = Field(default=None, ge=0)

    def passed(self, *, balance_fen: int, waived_fen: int, periods: int) -> tuple[str, ...]:
        """Return the names of the limits that an answer passes; none: one officer decides it alone."""
        asked = {"balance_fen_max": balance_fen, "waived_fen_max": waived_fen, "periods_max": periods}
        limits = self.model_dump()
        return tuple(name for name, value in asked.items() if limits[name] is not None and value > limits[name])


def limits_on(bank_id: UUID, day: date) -> Limits:
    """Return what one officer of a bank may grant alone on a day."""
    policy = policies_on(day).filter(bank_id=bank_id).first()
    return Limits.model_validate(policy.limits) if policy else Limits()
