"""What people spend on living, by place: published figures, dated, turned into a month's for one person."""

from datetime import date
from fractions import Fraction
from typing import Any

from heyue.engine.money import fen, round_half_up, yuan
from heyue.policy.load import NoRecord, living_cost_records

NATIONAL = "CN"


def guideline(region: str, as_of: date) -> dict[str, Any]:
    """The guideline of a region (administrative code, ``"110000"``) as the engine's budget reads it.

    A region without a record of its own has the nation's; raises NoRecord before the first one.
    """
    for id in (f"LIVING-COST-{region}", f"LIVING-COST-{NATIONAL}"):
        for record, months in living_cost_records():
            if record.id == id and record.holds_on(as_of):
                sums = {name: yuan(round_half_up(Fraction(fen(text), months))) for name, text in record.value.items()}
                return {"source": record.source, "monthly_per_person": sums}
    raise NoRecord(f"LIVING-COST-{region}", as_of)
