"""Facts that rules judge, besides an agreement: a contact, a letter, a set-off, a product, a wait, a household."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Contact:
    """One contact for collection (催收), at local time; ``kept_until``: the recording's last day, None without one."""

    at: datetime
    party: str
    abusive: bool = False
    kept_until: date | None = None
    agreement_holds: bool = False


@dataclass(frozen=True)
class Letter:
    """A collection letter (催收函) and which of the due contents it states."""

    states: frozenset[str]


@dataclass(frozen=True)
class SetOff:
    """How one payment was set off (冲抵) against billed lots; sums in fen, as they stood before it."""

    days_overdue: int
    charges_before_fen: int
    principal_before_fen: int
    to_charges_fen: int
    to_principal_fen: int


@dataclass(frozen=True)
class ChargedLine:
    """One line of interest on a statement: what kind of posting bears it, and how much."""

    kind: str
    interest_fen: int


@dataclass(frozen=True)
class InstalmentProduct:
    """A card instalment product (分期业务) as it is sold."""

    periods: int
    amount_fen: int
    of_cash_advance: bool = False
    ticked_by_default: bool = False
    interest_on_first_page: bool = True


@dataclass(frozen=True)
class Complaint:
    """A complaint at a bank (投诉); ``as_of`` is the day on which it is judged."""

    received_on: date
    decided_on: date | None
    as_of: date
    complex: bool = False


@dataclass(frozen=True)
class CreditObjection:
    """An objection to a credit record (征信异议)."""

    received_on: date
    answered_on: date | None
    as_of: date


@dataclass(frozen=True)
class AdverseRecord:
    """An adverse credit record (不良信息) that is still shown on a day."""

    default_ended_on: date
    shown_on: date


@dataclass(frozen=True)
class Household:
    """Whether a debt exceeds what a person can pay, and whether they are still willing; sums in fen a month."""

    asked_fen: int
    affordable_fen: int
    willing: bool
