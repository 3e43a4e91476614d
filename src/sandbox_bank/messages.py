"""The shapes of what the platform sends (gateway protocol sections 2 to 4); unknown fields are ignored."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from sandbox_bank.problems import Problem

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}(\.[0-9]{1,2})?$")]
Rate = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}(\.[0-9]{1,12})?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
AfterBaseDate = Literal["waived", "added"]
Shape = TypeVar("Shape", bound=BaseModel)


class Holder(BaseModel):
    """The holder (持卡人) as the bank may look for them."""

    name: Name
    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9Xx]$")]
    phone: Name


class Consent(BaseModel):
    """The holder's consent to the account feed."""

    id: Name
    given_at: datetime
    scopes: list[Literal["accounts", "statements", "payments"]]


class AccountLinkRequest(BaseModel):
    """`POST /v1/account-links`."""

    consent: Consent
    holder: Holder


class Terms(BaseModel):
    """The input of `heyue schedule`."""

    principal: Amount
    down_payment: Amount = "0"
    periods: int = Field(ge=1, le=60)
    method: Literal["equal_instalment", "equal_principal", "flat_fee", "interest_free"]
    monthly_rate: Rate | None = None
    annual_rate: Rate | None = None
    first_due: date
    due_day: int = Field(ge=1, le=31)


class CardDebt(BaseModel):
    """One card's part of the debt on the base date."""

    card: Name
    last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    product: Text
    principal: Amount
    interest: Amount
    fee: Amount
    balance: Amount
    days_overdue: int = Field(ge=0)


class Debt(BaseModel):
    """One debt per bank, its structure card by card."""

    balance: Amount
    waivable: Amount
    currency: Literal["CNY"]
    structure: Annotated[list[CardDebt], Field(min_length=1, max_length=50)]


class Asked(BaseModel):
    """The terms that the holder asks for."""

    terms: Terms
    waived: Amount
    hash: Digest
    interest_after_base_date: AfterBaseDate


class Document(BaseModel):
    """A PDF that travels inside a message."""

    sha256: Digest
    media_type: Literal["application/pdf"]
    base64: str


class Proof(BaseModel):
    """A proof by reference."""

    id: Name
    kind: Name
    name: Text
    sha256: Digest
    media_type: Name
    bytes: int = Field(ge=0)
    grant: Name


class Standstill(BaseModel):
    """The request to pause collection (暂停催收)."""

    requested: bool
    until: date | None = None


class Application(BaseModel):
    """`POST /v1/applications`."""

    id: Name
    number: Name
    application_number: Name
    submitted_on: date
    base_date: date
    holder: Holder
    debt: Debt
    asked: Asked
    budget: dict[str, Any]
    hardship: dict[str, Any]
    proofs: list[Proof]
    form: Document
    standstill: Standstill


class OfferAccepted(BaseModel):
    """`offer.accepted`."""

    offer_id: Name
    hash: Digest


class OfferDeclined(BaseModel):
    """`offer.declined`."""

    offer_id: Name
    reason: Text = ""


class OfferCountered(BaseModel):
    """`offer.countered`."""

    counter_id: Name
    offer_id: Name
    terms: Terms
    waived: Amount
    hash: Digest
    interest_after_base_date: AfterBaseDate
    reason: Text = ""


class QuestionAnswered(BaseModel):
    """`question.answered`."""

    question_id: Name
    text: Text


class AnswerChased(BaseModel):
    """`answer.chased`."""

    received_on: date
    due_on: date
    text: Text


class NegotiationEnded(BaseModel):
    """`negotiation.ended`."""

    reason: Literal["withdrawn", "ended-by-holder", "lapsed"]


class AgreementDrawn(BaseModel):
    """`agreement.drawn`."""

    agreement_id: Name
    offer_id: Name
    schedule_hash: Digest
    terms: Terms
    document: Document


class AgreementSigned(BaseModel):
    """`agreement.signed`, by the holder."""

    agreement_id: Name
    document_sha256: Digest
    signed_at: datetime
    method: Name


class InstalmentWarned(BaseModel):
    """`instalment.warned`: the holder says ahead that an instalment cannot be paid as agreed."""

    agreement_id: Name
    period: int = Field(ge=0, le=60)
    due: date
    wish: Literal["later", "part", "deferral", "longer-term"]
    can_pay: Amount
    pay_by: date | None = None
    terms: dict[str, Any] | None = None
    hash: Digest | None = None
    text: Text


class AgreementLapsed(BaseModel):
    """`agreement.lapsed`: not signed in time by both."""

    agreement_id: Name
    offer_id: Name
    lapsed_on: date


class AgreementCompleted(BaseModel):
    """`agreement.completed`."""

    agreement_id: Name
    completed_on: date


class DisputeAsked(BaseModel):
    """`dispute.asked`: the platform asks about a dispute of the holder's with us."""

    dispute_id: Name
    number: Name
    question_id: Name
    kind: Literal["sum", "payment", "collection", "disclosure", "other"]
    said: Text | None = None
    text: Text
    raised_on: date
    answer_by: date


class DisputeClosed(BaseModel):
    """`dispute.closed`: what came of a dispute that we were asked about."""

    dispute_id: Name
    outcome: Literal["upheld", "partly-upheld", "not-upheld", "withdrawn"]
    text: Text = ""


EVENTS: dict[str, type[BaseModel]] = {
    "offer.accepted": OfferAccepted,
    "offer.declined": OfferDeclined,
    "offer.countered": OfferCountered,
    "question.answered": QuestionAnswered,
    "answer.chased": AnswerChased,
    "negotiation.ended": NegotiationEnded,
    "agreement.drawn": AgreementDrawn,
    "agreement.signed": AgreementSigned,
    "instalment.warned": InstalmentWarned,
    "agreement.lapsed": AgreementLapsed,
    "agreement.completed": AgreementCompleted,
    "dispute.asked": DisputeAsked,
    "dispute.closed": DisputeClosed,
}


class Event(BaseModel):
    """A CloudEvents 1.0 structured object of the platform."""

    specversion: Literal["1.0"]
    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F-]{32,36}$")]
    source: Literal["urn:heyue:platform"]
    type: Annotated[str, StringConstraints(pattern=r"^heyue\.[a-z.]+\.v1$")]
    subject: Name
    time: datetime
    businessdate: date
    sequence: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]


def only_known(value: Any) -> None:
    """Refuse what has a field at its top that no message has, as no bank should."""
    known = {name for model in (AccountLinkRequest, Application, Event) for name in model.model_fields}
    if isinstance(value, dict) and not value.keys() <= known:
        raise Problem(422, "malformed", "有不认识的字段")


def shaped(model: type[Shape], value: Any, under: str = "") -> Shape:
    """The value in its shape, or a 422 problem with a pointer to each bad field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = [{"pointer": under + _pointer(one["loc"]), "detail": one["msg"]} for one in error.errors()]
        raise Problem(422, "malformed", "有的内容不合格式", errors[:50]) from None


def event_name(event: Event) -> str:
    """The name inside the CloudEvents type; 422 for a type that the bank does not know."""
    name = event.type.removeprefix("heyue.").removesuffix(".v1")
    if name not in EVENTS:
        raise Problem(422, "malformed", "不认识这种事件", [{"pointer": "/type", "detail": event.type}])
    return name


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
