"""What early warning is asked: an agreement's schedule, the payments so far, the household, the bad months to try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.engine.bad_input import BadInput, Fields, Findings
from heyue.engine.bad_months_request import PATHS_DEFAULT, PATHS_MAX, SEED_MAX, Shocks, read_months, read_shocks
from heyue.engine.schedule import Schedule, laid_out, read_plan

PAYMENTS_MAX = 1_000
GRACE_DAYS_DEFAULT = 3
FIELDS = (
    "as_of", "schedule", "payments", "affordable", "income", "savings", "grace_days", "shocks", "seed", "paths",
)  # fmt: skip


@dataclass(frozen=True)
class Payment:
    """Money that came in for this agreement."""

    on: date
    amount_fen: int


@dataclass(frozen=True)
class Asked:
    """One agreement as it runs; the last affordable sum and income repeat."""

    as_of: date
    schedule: Schedule
    payments: tuple[Payment, ...]
    affordable_fen: tuple[int, ...]
    income_fen: tuple[int, ...]
    savings_fen: int
    grace_days: int
    shocks: Shocks | None
    seed: int
    paths: int

    def affordable_in(self, month: int) -> int:
        """What can be paid in a month, 1 being the one after the base date's, other banks' instalments taken off."""
        return self.affordable_fen[min(month, len(self.affordable_fen)) - 1]

    def income_in(self, month: int) -> int:
        """The income of a month, of which bad months take a share."""
        return self.income_fen[min(month, len(self.income_fen)) - 1]


def read_request(request: Mapping[str, Any]) -> Asked:
    """Read a request given as JSON; raises BadInput with every bad field."""
    findings = Findings()
    fields = Fields(request, "", FIELDS, findings)
    as_of = fields.day("as_of")
    before = len(findings.errors)
    plan = read_plan(fields.raw("schedule"), "/schedule", findings) if fields.required("schedule") else None
    schedule = laid_out(plan) if plan is not None and len(findings.errors) == before else None
    affordable_fen = read_months(fields, "affordable", one_will_do=True)
    income_fen = read_months(fields, "income", one_will_do=True) if fields.has("income") else [0]
    found: dict[str, Any] = {
        "payments": _read_payments(fields, as_of),
        "savings_fen": fields.money("savings", 0),
        "grace_days": fields.whole("grace_days", 0, 30, GRACE_DAYS_DEFAULT),
        "shocks": read_shocks(fields) if fields.has("shocks") else None,
        "seed": fields.whole("seed", 0, SEED_MAX, 0),
        "paths": fields.whole("paths", 1, PATHS_MAX, PATHS_DEFAULT),
    }
    if schedule is None or findings.errors:
        raise BadInput(findings.errors)
    return Asked(as_of, schedule, affordable_fen=_filled(affordable_fen), income_fen=_filled(income_fen), **found)


def _filled(given_fen: Sequence[int]) -> tuple[int, ...]:
    return tuple(given_fen) or (0,)


def _read_payments(fields: Fields, as_of: date) -> tuple[Payment, ...]:
    found = []
    for index, value in enumerate(fields.array("payments", 0, PAYMENTS_MAX)):
        inner = Fields(value, f"/payments/{index}", ("date", "amount"), fields.findings)
        payment = Payment(inner.day("date"), inner.money("amount", above_zero=True))
        if inner.ok("date") and fields.ok("as_of") and payment.on > as_of:
            inner.bad("date", "晚于 as_of")
        found.append(payment)
    return tuple(found)
