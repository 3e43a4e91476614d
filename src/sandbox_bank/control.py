"""The control address: a second port for the demo and the tests only, guarded by a bearer token."""

import hmac
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, StringConstraints

from sandbox_bank import database, judging, outbox, payments, state
from sandbox_bank.bank import Bank, Work
from sandbox_bank.faults import SLOW_SECONDS
from sandbox_bank.messages import Amount
from sandbox_bank.money import to_fen
from sandbox_bank.problems import Problem

PAYMENT_TEXT = "柜面还款"


class Clock(BaseModel):
    """Where the business date goes."""

    today: date


class Payment(BaseModel):
    """A payment by hand; without a period the platform has to match it; a card instead of an agreement is possible."""

    agreement_id: str | None = None
    card: str | None = None
    amount: Amount
    day: date | None = Field(default=None, alias="date")
    period: int | None = None
    text: Annotated[str, StringConstraints(max_length=80)] = PAYMENT_TEXT


class Fault(BaseModel):
    """A trouble to have from now on, or for one request."""

    kind: Literal["none", "down", "error", "slow", "silent"]
    until_cleared: bool = True
    seconds: float = SLOW_SECONDS


class Wrong(BaseModel):
    """The ways of being wrong from now on; an empty list ends them."""

    names: list[str]


class AutoPay(BaseModel):
    """Whether the simulated holder pays by itself."""

    agreement_id: str
    on: bool


def app(bank: Bank) -> FastAPI:
    """The control application of one bank."""
    with database.opened(bank.path) as connection:
        token = database.setting(connection, "control_token")

    def guard(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "the control token is needed")

    control = FastAPI(title="sandbox bank control", docs_url=None, redoc_url=None, dependencies=[Depends(guard)])

    @control.exception_handler(Problem)
    def refused(_: Request, problem: Problem) -> Response:
        return problem.response()

    @control.exception_handler(ValueError)
    def impossible(_: Request, error: ValueError) -> Response:
        return JSONResponse({"detail": str(error)}, 422)

    @control.get("/control/state")
    def show() -> dict[str, Any]:
        return bank.reading(state.summary)

    @control.post("/control/clock")
    def move_clock(clock: Clock) -> dict[str, Any]:
        judging.move_clock(bank, clock.today)
        return {"today": clock.today.isoformat()}

    @control.post("/control/payments")
    def post_payment(payment: Payment) -> dict[str, Any]:
        return {"payment_id": bank.in_one_transaction(lambda work: _pay(work, payment))}

    @control.post("/control/faults")
    def set_fault(fault: Fault) -> dict[str, Any]:
        bank.faults.become(fault.kind, until_cleared=fault.until_cleared, seconds=fault.seconds)
        bank.judge_wake.set()
        bank.send_wake.set()
        return {"kind": fault.kind}

    @control.post("/control/wrongs")
    def set_wrongs(wrong: Wrong) -> dict[str, Any]:
        """Break these rules of the protocol, for a conformance kit to find."""
        bank.wrongs.become(wrong.names)
        return {"names": wrong.names}

    @control.post("/control/resend")
    def resend() -> dict[str, Any]:
        """Send again what the platform refused for good or never took, as after a key was exchanged late."""
        number = bank.storing(outbox.send_again)
        bank.send_wake.set()
        return {"events": number}

    @control.post("/control/auto-pay")
    def switch_auto_pay(switch: AutoPay) -> dict[str, Any]:
        bank.in_one_transaction(lambda work: payments.switch_auto_pay(work, switch.agreement_id, on=switch.on))
        return {"agreement_id": switch.agreement_id, "on": switch.on}

    return control


def _pay(work: Work, payment: Payment) -> str:
    day, amount_fen = payment.day or work.today, to_fen(payment.amount)
    if payment.agreement_id:
        return payments.pay(work, payment.agreement_id, amount_fen, day, payment.period, payment.text)
    return payments.pay_card(work, payment.card or "", amount_fen, day, payment.text)
