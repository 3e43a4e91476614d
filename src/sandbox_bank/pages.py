"""The bank's own plain pages, for whoever plays the bank in a demo: see, answer as officer, pay."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from sandbox_bank import desk, payments, proofs, words
from sandbox_bank.bank import Bank, Work
from sandbox_bank.heyue_command import EngineRefused
from sandbox_bank.money import to_fen
from sandbox_bank.problems import Problem

TEMPLATES = Path(__file__).parent / "templates"
PAID_BY_HAND = "客户主动还款"
Read = Callable[[Work], dict[str, Any]]
Field = Annotated[str, Form()]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    environment.filters |= {
        "yuan": words.yuan,
        "day": words.day,
        "moment": words.moment,
        "name": words.masked_name,
        "number": words.masked_number,
        "word": words.word,
    }
    return environment


def same_site(request: Request) -> None:
    """A form of another site must not act at the bank."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "malformed", "这个请求不是从本页面发出的")


class Pages:
    """Renders the pages of one bank, and does what their forms ask."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self._environment = _environment()

    def show(self, template: str, read: Read, status: int = 200, error: str = "") -> Response:
        """A page with what `read` finds."""
        facts = self.bank.reading(lambda work: {"today": work.today, **read(work)})
        values = {"bank": self.bank.profile, "fault": self.bank.faults.kind, "error": error, **facts}
        return HTMLResponse(self._environment.get_template(template).render(values), status)

    def act(self, answer: Callable[[Work], object], template: str, read: Read, back: str) -> Response:
        """Do it and go back to the page; or show the page again with what stood in the way."""
        try:
            self.bank.in_one_transaction(answer)
        except (Problem, EngineRefused, ValueError, KeyError) as refused:
            return self.show(template, read, 422, words.why(refused))
        return RedirectResponse(back, 303)

    def problem(self, problem: Problem) -> Response:
        """A page for a person whose way ends here, with a way back."""
        return self.show("problem.html", lambda _: {}, problem.status, words.why(problem))


def router(bank: Bank, pages: Pages) -> APIRouter:
    """The pages of one bank."""
    routes = APIRouter(dependencies=[Depends(same_site)])
    _add_reading(routes, bank, pages)
    _add_answers(routes, pages)
    _add_payments(routes, pages)
    return routes


def _add_reading(routes: APIRouter, bank: Bank, pages: Pages) -> None:
    @routes.get("/")
    def overview() -> Response:
        return pages.show("overview.html", desk.overview)

    @routes.get("/customers/{customer_id}")
    def customer(customer_id: int) -> Response:
        return pages.show("customer.html", partial(desk.customer, customer_id=customer_id))

    @routes.get("/negotiations/{negotiation_id}")
    def case(negotiation_id: str) -> Response:
        return pages.show("case.html", partial(desk.case, negotiation_id=negotiation_id))

    @routes.get("/negotiations/{negotiation_id}/form.pdf")
    def form_pdf(negotiation_id: str) -> Response:
        return _pdf(bank.reading(partial(desk.form_pdf, negotiation_id=negotiation_id)))

    @routes.get("/negotiations/{negotiation_id}/proofs/{proof_id}")
    def proof(negotiation_id: str, proof_id: str) -> Response:
        return proofs.fetched(bank, negotiation_id, proof_id)

    @routes.get("/agreements/{agreement_id}")
    def agreement(agreement_id: str) -> Response:
        return pages.show("agreement.html", partial(desk.agreement, agreement_id=agreement_id))

    @routes.get("/agreements/{agreement_id}/document.pdf")
    def agreement_pdf(agreement_id: str) -> Response:
        return _pdf(bank.reading(partial(desk.agreement_pdf, agreement_id=agreement_id)))


def _add_answers(routes: APIRouter, pages: Pages) -> None:
    @routes.post("/negotiations/{negotiation_id}/answer")
    async def answer(request: Request, negotiation_id: str) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        return await run_in_threadpool(
            pages.act,
            partial(desk.answer, negotiation_id=negotiation_id, form=form),
            "case.html",
            partial(desk.case, negotiation_id=negotiation_id),
            f"/negotiations/{negotiation_id}",
        )


def _add_payments(routes: APIRouter, pages: Pages) -> None:
    @routes.post("/customers/{customer_id}/payments")
    def pay_card(customer_id: int, card: Field, amount: Field, day: Field) -> Response:
        return pages.act(
            lambda work: payments.pay_card(work, card, to_fen(amount), date.fromisoformat(day), PAID_BY_HAND),
            "customer.html",
            partial(desk.customer, customer_id=customer_id),
            f"/customers/{customer_id}",
        )

    @routes.post("/agreements/{agreement_id}/payments")
    def pay(agreement_id: str, amount: Field, day: Field, period: Field = "") -> Response:
        def paid(work: Work) -> str:
            named = int(period) if period else None
            return payments.pay(work, agreement_id, to_fen(amount), date.fromisoformat(day), named, PAID_BY_HAND)

        read = partial(desk.agreement, agreement_id=agreement_id)
        return pages.act(paid, "agreement.html", read, f"/agreements/{agreement_id}")

    @routes.post("/agreements/{agreement_id}/auto-pay")
    def auto_pay(agreement_id: str, on: Field) -> Response:
        return pages.act(
            lambda work: payments.switch_auto_pay(work, agreement_id, on=on == "yes"),
            "agreement.html",
            partial(desk.agreement, agreement_id=agreement_id),
            f"/agreements/{agreement_id}",
        )


def _pdf(content: bytes) -> Response:
    return Response(content, media_type="application/pdf", headers={"content-disposition": "inline"})
