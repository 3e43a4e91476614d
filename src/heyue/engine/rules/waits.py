"""How long an answer may take, and how long a record may be kept: complaints, credit objections, adverse records."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from heyue.engine.rules.facts import AdverseRecord, Complaint, CreditObjection
from heyue.engine.rules.law import Said, years_after


def plain_complaint_decided_in_time(complaint: Complaint, days: int) -> Iterator[Said]:
    """A complaint whose facts are clear is decided within the record's days (COMPLAINT)."""
    if not complaint.complex:
        yield from _late(complaint, days)


def complex_complaint_decided_in_time(complaint: Complaint, days: int) -> Iterator[Said]:
    """A complex complaint is decided within the record's days (COMPLAINT-COMPLEX)."""
    if complaint.complex:
        yield from _late(complaint, days)


def _late(complaint: Complaint, days: int) -> Iterator[Said]:
    last_on = complaint.received_on + timedelta(days=days)
    if (complaint.decided_on or complaint.as_of) > last_on:
        yield "error", f"投诉应在 {last_on} 前作出处理决定，已经过期"


def objection_answered_in_time(objection: CreditObjection, limits: Any) -> Iterator[Said]:
    """An objection to a credit record is answered within the record's days (CREDIT)."""
    last_on = objection.received_on + timedelta(days=limits["objection_days"])
    if (objection.answered_on or objection.as_of) > last_on:
        yield "error", f"征信异议应在 {last_on} 前书面答复，已经过期"


def adverse_record_forgotten_in_time(record: AdverseRecord, limits: Any) -> Iterator[Said]:
    """An adverse record is kept so many years from the end of the default, and then deleted (CREDIT)."""
    last_on = years_after(record.default_ended_on, limits["adverse_years"])
    if record.shown_on > last_on:
        yield "error", f"不良信息应在 {last_on} 后删除，仍在展示"
