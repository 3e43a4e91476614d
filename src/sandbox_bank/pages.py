"""The bank's own plain pages, for whoever plays the bank in a demo: see, answer as officer, pay."""

from collections.abc import Callable
from datetime import date
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
Answer = Callable[[Work], Any]


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


def _same_site(request: Request) -> None:
    """A form of another site must not act at the bank."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "malformed", "这个请求不是从本页面发出的")


def router(bank: Bank) -> APIRouter:
    """The pages of one bank."""
    routes = APIRouter(dependencies=[Depends(_same_site)])
    environment = _environment()

    def page(template: str, read: Callable[[Work], dict[str, Any]], status: int = 200, **more: Any) -> Response:
        facts = bank.reading(lambda work: {"today": work.today, **read(work)})
        values = {"bank": bank.profile, "fault": bank.faults.kind, "error": "", **facts, **more}
        return HTMLResponse(environment.get_template(template).render(values), status)

    def act(answer: Answer, template: str, read: Callable[[Work], dict[str, Any]], back: str) -> Response:
        """Do it and go back to the page; or show the page again with what stood in the way."""
        try:
            bank.in_one_transaction(answer)
        except (Problem, EngineRefused, ValueError, KeyError) as refused:
            return page(template, read, 422, error=words.why(refused))
        return RedirectResponse(back, 303)

    @routes.get("/")
    def overview() -> Response:
        return page("overview.html", desk.overview)

    @routes.get("/customers/{customer_id}")
    def customer(customer_id: int) -> Response:
        return page("customer.html", lambda work: desk.customer(work, customer_id))

    @routes.post("/customers/{customer_id}/payments")
    def pay_card(
        customer_id: int, card: Annotated[str, Form()], amount: Annotated[str, Form()], day: Annotated[str, Form()]
    ) -> Response:
        return act(
            lambda work: payments.pay_card(work, card, to_fen(amount), date.fromisoformat(day), PAID_BY_HAND),
            "customer.html",
            lambda work: desk.customer(work, customer_id),
            f"/customers/{customer_id}",
        )

    @routes.get("/negotiations/{negotiation_id}")
    def case(negotiation_id: str) -> Response:
        return page("case.html", lambda work: desk.case(work, negotiation_id))

    @routes.post("/negotiations/{negotiation_id}/answer")
    async def answer(request: Request, negotiation_id: str) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        return await run_in_threadpool(
            lambda: act(
                lambda work: desk.answer(work, negotiation_id, form),
                "case.html",
                lambda work: desk.case(work, negotiation_id),
                f"/negotiations/{negotiation_id}",
            )
        )

    @routes.get("/negotiations/{negotiation_id}/form.pdf")
    def form_pdf(negotiation_id: str) -> Response:
        return _pdf(bank.reading(lambda work: desk.form_pdf(work, negotiation_id)))

    @routes.get("/negotiations/{negotiation_id}/proofs/{proof_id}")
    def proof(negotiation_id: str, proof_id: str) -> Response:
        return proofs.fetched(bank, negotiation_id, proof_id)

    @routes.get("/agreements/{agreement_id}")
    def agreement(agreement_id: str) -> Response:
        return page("agreement.html", lambda work: desk.agreement(work, agreement_id))

    @routes.get("/agreements/{agreement_id}/document.pdf")
    def agreement_pdf(agreement_id: str) -> Response:
        return _pdf(bank.reading(lambda work: desk.agreement_pdf(work, agreement_id)))

    @routes.post("/agreements/{agreement_id}/payments")
    def pay(
        agreement_id: str,
        amount: Annotated[str, Form()],
        day: Annotated[str, Form()],
        period: Annotated[str, Form()] = "",
    ) -> Response:
        return act(
            lambda work: payments.pay(
                work,
                agreement_id,
                to_fen(amount),
                date.fromisoformat(day),
                int(period) if period else None,
                PAID_BY_HAND,
            ),
            "agreement.html",
            lambda work: desk.agreement(work, agreement_id),
            f"/agreements/{agreement_id}",
        )

    @routes.post("/agreements/{agreement_id}/auto-pay")
    def auto_pay(agreement_id: str, on: Annotated[str, Form()]) -> Response:
        return act(
            lambda work: payments.switch_auto_pay(work, agreement_id, on=on == "yes"),
            "agreement.html",
            lambda work: desk.agreement(work, agreement_id),
            f"/agreements/{agreement_id}",
        )

    return routes


def _pdf(content: bytes) -> Response:
    return Response(content, media_type="application/pdf", headers={"content-disposition": "inline"})
