"""What reading a statement file gives: a normal form in which every field says how sure it is and where it stood.

Sums are whole fen (for another currency its hundredths). A charge is above 0, what lowers the debt below 0; a balance
above 0 is owed, below 0 overpaid (溢缴款). Confidence is per cent: 100 only for a sum that the statement's own
arithmetic proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")

PROVED = 100  # in a sum of the statement that holds to the fen
EXACT = 95  # from the place that a known layout gives it
LABELLED = 85  # by a label of the dictionary, or by a mapping that a person made
INFERRED = 80  # by a rule: the year of a date without one, the end of a cycle, a word of a description
GUESSED = 60  # more than one reading was possible
PHOTOGRAPHED_MOST = 80  # read from a picture, however clear


class Outcome(StrEnum):
    """How the reading of a file ended. Only the first four carry statements."""

    STATEMENT = "statement"
    SUMMARY_ONLY = "summary-only"  # balances and dates; this statement's rows are not in the file
    ROWS_ONLY = "rows-only"  # a list of rows without balance and due date
    WALLET = "wallet"  # a wallet's export, to match rows with; not a card statement
    UNKNOWN_LAYOUT = "unknown-layout"  # readable, no description fits: ``tables`` go to the mapping page
    MISSING_LABEL = "missing-label"  # a known issuer, but ``missing`` names what was not found
    UNREAD_ROWS = "unread-rows"  # ``unread`` lines look like rows and fit no shape
    NOT_A_STATEMENT = "not-a-statement"
    NO_DATA = "no-data"  # the bank's notice that the statement waits in its app
    LOOK_ALIKE_SENDER = "look-alike-sender"
    NEEDS_PASSWORD = "needs-password"  # noqa: S105 a name of an outcome
    WRONG_PASSWORD = "wrong-password"  # noqa: S105
    LOCKED = "locked"  # encrypted in a way that we cannot open
    GARBLED = "garbled"  # characters without meaning, as of a PDF without ToUnicode
    IMAGE_ONLY = "image-only"  # a picture that reading does not get words from
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"  # a kind of file that we do not read


CARRYING = frozenset({Outcome.STATEMENT, Outcome.SUMMARY_ONLY, Outcome.ROWS_ONLY, Outcome.WALLET})


class Kind(StrEnum):
    """What a row is for the one who owes."""

    PURCHASE = "purchase"
    CASH_ADVANCE = "cash_advance"
    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    INTEREST = "interest"
    LATE_FEE = "late_fee"
    INSTALMENT = "instalment"
    REWARD = "reward"
    INTERNAL = "internal"  # between the card's own accounts: neither spend nor payment


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value read from a file: how sure (per cent), the words it stood in, and where."""

    value: T
    confidence: int
    raw: str = ""
    place: str = ""


SUMS = (
    "new_balance",
    "min_payment",
    "previous_balance",
    "payments",
    "new_charges",
    "adjustments",
    "interest",
    "fees",
    "overpaid",
    "previous_overpaid",
)


@dataclass(frozen=True, slots=True)
class Account:
    """The sums of one currency, by their names in ``SUMS``; one that the statement does not print is absent."""

    currency: str
    sums: Mapping[str, Found[int]]

    def fen(self, name: str) -> int | None:
        """One of the sums, None when the statement does not print it."""
        found = self.sums.get(name)
        return None if found is None else found.value


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the transactions. ``position`` counts from 0 within the statement."""

    position: int
    post_date: Found[date]
    txn_date: Found[date] | None
    tail: Found[str] | None
    description: Found[str]
    amount: Found[int]
    currency: str
    kind: Found[Kind]
    section: str = ""
    original: str = ""  # the amount at the place of purchase, as printed
    raw: str = ""
    identity: str = ""


class Standing(StrEnum):
    """What the statement's own arithmetic says."""

    PROVED = "proved"
    DIFFERS = "differs"
    UNPROVED = "unproved"  # the statement prints too little to check


@dataclass(frozen=True, slots=True)
class Check:
    """One sum that should hold: what the statement prints, what we reckon, in fen (``rows``: a count)."""

    name: str
    currency: str
    printed: int
    reckoned: int

    @property
    def difference(self) -> int:
        """Printed less reckoned; 0 when it holds."""
        return self.printed - self.reckoned


@dataclass(frozen=True, slots=True)
class Proof:
    """All checks of a statement."""

    standing: Standing
    checks: tuple[Check, ...] = ()

    @property
    def differing(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if check.difference)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement (账单) in normal form."""

    issuer: Found[str]
    medium: str
    layout: str
    cards: tuple[Found[str], ...]
    statement_date: Found[date] | None
    cycle_start: Found[date] | None
    cycle_end: Found[date] | None
    due_date: Found[date] | None
    credit_limit: Found[int] | None
    accounts: Mapping[str, Account]
    rows: tuple[Row, ...]
    rows_available: bool
    proof: Proof
    warnings: tuple[str, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that no description fits, for the mapping page: masked cells and the fingerprint of its shape.

    ``header`` is empty when the first line is data already; ``guesses`` names the field of a column where its
    heading or its values tell.
    """

    fingerprint: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guesses: Mapping[str, int] = field(default_factory=dict)
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer: an outcome, and what goes with it."""

    outcome: Outcome
    statements: tuple[Statement, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    issuer: str = ""
    guessed: Mapping[str, str] = field(default_factory=dict)  # summary fields of an unknown layout, as printed

    @property
    def carries(self) -> bool:
        """Whether there is something to import."""
        return self.outcome in CARRYING


class Unreadable(Exception):
    """Reading ends here with an outcome that carries nothing."""

    def __init__(self, outcome: Outcome, **found: object) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.found = found

    def reading(self) -> Reading:
        """The outcome as an answer."""
        return Reading(self.outcome, **self.found)  # type: ignore[arg-type]
