"""Ready letters to take away, as a PDF to print or a Word file to change: filled from one's own case, or blank."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.utils.http import content_disposition_header
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue import clock
from heyue.documents.letter import Letter, as_docx, as_pdf
from heyue.faces.sessions import borrower_only
from heyue.journey import letters
from heyue.journey.letters import LetterKind

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class KindConverter(StringConverter):
    """The kinds of letter in an address."""

    regex = "|".join(kind.value for kind in LetterKind)


class FormatConverter(StringConverter):
    """The two formats."""

    regex = "pdf|docx"


register_converter(KindConverter, "letter")
register_converter(FormatConverter, "letter_format")


@never_cache
@require_safe
def blank(request: HttpRequest, kind: str, ending: str) -> HttpResponse:
    """Give a letter with blanks; it holds nothing of anybody."""
    return _file(*_blank(LetterKind(kind), ending, clock.today()))


@lru_cache(maxsize=4 * len(LetterKind))
def _blank(kind: LetterKind, ending: str, day: date) -> tuple[str, bytes]:
    """Set each blank letter once a day: whoever comes may ask for it, and setting takes the server's time."""
    del day
    return _set(letters.write(kind, letters.blank()), ending)


@never_cache
@require_safe
@borrower_only
def filled(request: HttpRequest, negotiation_id: UUID, kind: str, ending: str) -> HttpResponse:
    """Give a letter filled from one's own matter with a bank."""
    letter = letters.write(LetterKind(kind), letters.of_matter(request.actor, negotiation_id))
    return _file(*_set(letter, ending))


def _set(letter: Letter, ending: str) -> tuple[str, bytes]:
    # A letter is a Chinese paper, whatever the language of the page that led here.
    with override("zh-hans"):
        content = as_docx(letter) if ending == "docx" else as_pdf(letter, clock.today())
    return f"{letter.title}.{ending}", content


def _file(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=DOCX if name.endswith("docx") else "application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


urls = [
    path("letters/<letter:kind>.<letter_format:ending>", blank, name="letter-blank"),
    path("letters/<uuid:negotiation_id>/<letter:kind>.<letter_format:ending>", filled, name="letter"),
]
