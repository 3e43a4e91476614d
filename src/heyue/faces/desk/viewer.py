"""Looking at a proof: pages as pictures, and each opening recorded where the borrower sees it (谁看过)."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from heyue import clock
from heyue.application.actions import record_look
from heyue.application.models import Proof
from heyue.application.proofs import KINDS
from heyue.engine.refusal import NotFound
from heyue.journey import perform

LOOK_SECONDS = 600
"""Pages turned within ten minutes belong to one look."""
WIDTH_PIXELS, HEIGHT_PIXELS, SCALE_MAX = 1400, 2000, 4
PDF = "application/pdf"
_LOOKS = "looks"
_PDFIUM = threading.Lock()
"""PDFium draws in one thread at a time."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One proof in the viewer's row of tabs."""

    address: str
    kind: str
    name: str
    pages: int
    health: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """The proof that is open, and the page of it."""

    name: str
    kind: str
    page: int
    pages: int
    picture: str
    before: str
    after: str


def tabs(found: list[tuple[Proof, str]], base: str, opened: Proof | None) -> list[Tab]:
    """Return the tabs of these proofs."""
    return [
        Tab(
            f"{base}?proof={proof.pk}#papers",
            _(KINDS[proof.kind]),
            name,
            proof.pages,
            proof.is_health,
            opened is not None and proof.pk == opened.pk,
        )
        for proof, name in found
    ]


def asked_for(request: HttpRequest, found: list[tuple[Proof, str]]) -> tuple[Proof, str] | None:
    """Return the proof that the address asks for, None when it asks for none. Raises ``NotFound``."""
    wanted = request.GET.get("proof", "")
    if not wanted:
        return None
    for proof, name in found:
        if str(proof.pk) == wanted:
            return proof, name
    raise NotFound()


def open_proof(request: HttpRequest, proof: Proof, name: str, base: str) -> Opened:
    """Record the look and return what the viewer shows."""
    record(request, proof)
    page = _page(request, proof)
    here = f"{base}?proof={proof.pk}&page="
    return Opened(
        name=name,
        kind=_(KINDS[proof.kind]),
        page=page,
        pages=proof.pages,
        picture=f"{base}/proofs/{proof.pk}?page={page}",
        before=f"{here}{page - 1}#papers" if page > 1 else "",
        after=f"{here}{page + 1}#papers" if page < proof.pages else "",
    )


def picture(request: HttpRequest, proof: Proof, content: Callable[[], bytes]) -> HttpResponse:
    """Return one page as a picture; a look that was not recorded within the last minutes is recorded now."""
    record(request, proof)
    if proof.media_type == PDF:
        response = HttpResponse(_drawn(content(), _page(request, proof) - 1), content_type="image/png")
    else:
        response = HttpResponse(content(), content_type=proof.media_type)
    response["Cache-Control"] = "no-store"
    return response


def record(request: HttpRequest, proof: Proof) -> None:
    """Record a look, once for each opening."""
    now = int(clock.machine_now().timestamp())
    looks = {key: at for key, at in request.session.get(_LOOKS, {}).items() if now - at < LOOK_SECONDS}
    if str(proof.pk) not in looks:
        perform(request.actor, record_look, proof_id=proof.pk)  # type: ignore[attr-defined]
        looks[str(proof.pk)] = now
        request.session[_LOOKS] = looks


def _page(request: HttpRequest, proof: Proof) -> int:
    typed = request.GET.get("page", "1")
    return min(max(int(typed), 1), proof.pages) if typed.isdecimal() and len(typed) < 5 else 1


def _drawn(content: bytes, index: int) -> bytes:
    out = io.BytesIO()
    with _PDFIUM:
        document = pypdfium2.PdfDocument(content)
        try:
            width, height = document[index].get_size()
            scale = min(WIDTH_PIXELS / max(width, 1), HEIGHT_PIXELS / max(height, 1), SCALE_MAX)
            document[index].render(scale=scale).to_pil().save(out, "PNG")
        finally:
            document.close()
    return out.getvalue()
