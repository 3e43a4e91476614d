"""What travels between the platform and a bank, shape by shape (gateway-v1 sections 2 to 4).

Unknown fields are ignored. A model's ``model_dump(mode="json")`` is what the wire carries.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from heyue.gateway.problems import Problem
from heyue.gateway.values import (
    Amount,
    Count,
    Day,
    Digest,
    Instant,
    Name,
    PaidAmount,
    Rate,
    Ref,
    SignedAmount,
    Text,
)

EVENT_MEDIA_TYPE = "application/cloudevents+json"
PLATFORM_SOURCE = "urn:heyue:platform"
ERRORS_MAX = 50

AfterBaseDate = Literal["waived", "added"]
Scope = Literal["accounts", "statements", "payments"]
S = TypeVar("S", bound=BaseModel)


class Shape(BaseModel):
    """Common to all: unknown fields are ignored, what was read does not change, and no error prints what was read."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Terms(Shape):
    """Exactly the input of ``heyue schedule``."""

    principal: Amount
    down_payment: Amount = 0
    periods: Annotated[int, Field(ge=1, le=600, strict=True)]
    method: Literal["equal_instalment", "equal_principal", "flat_fee", "interest_free"]
    monthly_rate: Rate | None = None
    annual_rate: Rate | None = None
    first_due: Day
    due_day: Annotated[int, Field(ge=1, le=31, strict=True)]

    @model_validator(mode="after")
    def one_rate(self) -> Self:
        """Check that there is exactly one rate, and none where the plan bears no interest."""
        rates = sum(rate is not None for rate in (self.monthly_rate, self.annual_rate))
        if rates != (0 if self.method == "interest_free" else 1):
            raise ValueError("exactly one of monthly_rate and annual_rate, none with interest_free")
        return self

    def for_engine(self) -> dict[str, Any]:
        """Return the input of ``heyue schedule`` as plain JSON types."""
        return self.model_dump(mode="json", exclude_none=True)


class Document(Shape):
    """A PDF that travels inside a message, with its digest."""

    sha256: Digest
    media_type: Literal["application/pdf"] = "application/pdf"
    base64: str


# ── account feed ────────────────────────────────────────────────────────────────────────────────────────


class Consent(Shape):
    """The holder's consent to the account feed."""

    id: Ref
    given_at: Instant
    scopes: tuple[Scope, ...]


class Holder(Shape):
    """The cardholder (持卡人)."""

    name: Name
    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9X]$")]
    phone: Ref


class LinkAsked(Shape):
    """``POST /v1/account-links``."""

    consent: Consent
    holder: Holder


class Linked(Shape):
    """Its answer: the bank's reference for the link."""

    link: Ref


class Owed(Shape):
    """What a card's balance is made of."""

    principal: Amount
    interest: Amount
    fee: Amount
    credit: Amount


class StatementLine(Shape):
    """One statement (账单) of a card."""

    date: Day
    due_date: Day
    balance: SignedAmount
    minimum_payment: Amount
    interest: Amount
    late_fee: Amount


class Card(Shape):
    """One card as its bank tells it; ``terms`` and ``opening`` are those of ``heyue interest``."""

    token: Ref
    last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    product: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    currency: Literal["CNY"]
    balance: SignedAmount
    owed: Owed
    days_overdue: Count
    overdue_since: Day | None = None
    accrued: Amount
    next_day_interest: Amount
    statements: tuple[StatementLine, ...]
    terms: dict[str, Any]
    opening: dict[str, Any] | None = None
    collection: Literal["active", "paused", "stopped"]
    waivable: Amount

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        """Check that the balance is the sum of its parts."""
        owed = self.owed
        if self.balance != owed.principal + owed.interest + owed.fee - owed.credit:
            raise ValueError("balance is principal, interest and fee less credit")
        return self


class Cards(Shape):
    """``GET /v1/account-links/{link}/cards``."""

    as_of: Day
    cards: Annotated[tuple[Card, ...], Field(max_length=200)]


class Activity(Shape):
    """One thing that happened on a card; ``seq`` grows within a link."""

    seq: Count
    card: Ref
    date: Day
    kind: Literal["purchase", "cash_advance", "payment", "refund", "fee"]
    amount: PaidAmount
    text: Text = ""


class ActivityPage(Shape):
    """``GET /v1/account-links/{link}/activity``: at most 500 a page."""

    events: Annotated[tuple[Activity, ...], Field(max_length=500)]
    next: Count
    more: bool


# ── application ─────────────────────────────────────────────────────────────────────────────────────────


class CardDebt(Shape):
    """One card's part of a debt on the base date."""

    card: Ref
    last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    product: Name
    principal: Amount
    interest: Amount
    fee: Amount
    balance: Amount
    days_overdue: Count


class Debt(Shape):
    """One debt per bank, its structure card by card."""

    balance: Amount
    waivable: Amount
    currency: Literal["CNY"] = "CNY"
    structure: Annotated[tuple[CardDebt, ...], Field(min_length=1)]


class Asked(Shape):
    """The terms that the holder asks for."""

    terms: Terms
    waived: Amount
    hash: Digest
    interest_after_base_date: AfterBaseDate


class Budget(Shape):
    """The holder's month, in sums."""

    income: Amount
    expenses: Amount
    reserve: Amount
    affordable: Amount
    other_banks_monthly: Amount


class Hardship(Shape):
    """What happened."""

    kind: Name
    story: Text


class ProofRef(Shape):
    """A proof by reference; ``grant`` is a URL on the platform."""

    id: Ref
    kind: Name
    name: Name
    sha256: Digest
    media_type: Name
    bytes: Count
    grant: Name


class Standstill(Shape):
    """The request to pause collection (暂停催收)."""

    requested: bool
    until: Day | None = None


class Application(Shape):
    """``POST /v1/applications``."""

    id: Ref
    number: Ref
    application_number: Ref
    submitted_on: Day
    base_date: Day
    holder: Holder
    debt: Debt
    asked: Asked
    budget: Budget
    hardship: Hardship
    proofs: tuple[ProofRef, ...]
    form: Document
    standstill: Standstill


# ── the envelope ────────────────────────────────────────────────────────────────────────────────────────


class Envelope(Shape):
    """One CloudEvents 1.0 structured JSON object; ``data`` is judged by its type."""

    specversion: Literal["1.0"]
    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$")]
    source: Annotated[str, StringConstraints(pattern=r"^urn:heyue:(platform|bank:[a-z0-9-]{1,50})$")]
    type: Annotated[str, StringConstraints(pattern=r"^heyue\.[a-z.-]{1,60}\.v1$")]
    subject: Ref
    time: Instant
    businessdate: Day
    sequence: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """The protocol's name of the event, out of its CloudEvents type."""
        return self.type.removeprefix("heyue.").removesuffix(".v1")


# ── what the platform tells a bank when asked ───────────────────────────────────────────────────────────


class Fate(Shape):
    """What became of an event: ``problem`` (RFC 9457) where it was refused."""

    state: Literal["waiting", "taken", "refused"]
    problem: dict[str, Any] | None = None


Sequence = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")]


class NegotiationTold(Shape):
    """One of a bank's negotiations: the number its next event must have, and that of the platform's last one."""

    id: Ref
    number: Ref
    received_on: Day | None
    next_sequence: Sequence
    sent_sequence: Sequence


class NegotiationPage(Shape):
    """``GET /v1/negotiations``: ``next`` is the cursor of the page that follows, null on the last."""

    negotiations: tuple[NegotiationTold, ...]
    next: str | None


class KeyTold(Shape):
    """A public key of the platform: base64 of its raw bytes."""

    keyid: Ref
    alg: Literal["ed25519", "sm2-sm3"]
    public_key: str


class PlatformKeys(Shape):
    """``GET /v1/keys``: the key in use, then the one that is to follow it."""

    keys: tuple[KeyTold, ...]


def shaped(model: type[S], value: Any, under: str = "") -> S:
    """Read a value in its shape. Raises ``Problem`` 422 ``malformed`` with a pointer to each bad field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = [(under + pointer(one["loc"]), one["msg"]) for one in error.errors()[:ERRORS_MAX]]
        raise Problem("malformed", 422, "fields are missing or not of their shape", errors) from None


def pointer(location: tuple[int | str, ...]) -> str:
    """Write a place in a JSON document as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
