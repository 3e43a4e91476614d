"""Ready letters to take away, as a PDF to print or a Word file to change: filled from one's own case, or blank."""

from __future__ import annotations

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
    return _file(letters.write(LetterKind(kind), letters.blank()), ending)


@never_cache
@require_safe
@borrower_only
def filled(request: HttpRequest, negotiation_id: UUID, kind: str, ending: str) -> HttpResponse:
    """Give a letter filled from one's own matter with a bank."""
    return _file(letters.write(LetterKind(kind), letters.of_matter(request.actor, negotiation_id)), ending)


def _file(letter: Letter, ending: str) -> HttpResponse:
    # A letter is a Chinese paper, whatever the language of the page that led here.
    with override("zh-hans"):
        content = as_docx(letter) if ending == "docx" else as_pdf(letter, clock.today())
    response = HttpResponse(content, content_type=DOCX if ending == "docx" else "application/pdf")
    name = f"{letter.title}.{ending}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


urls = [
    path("letters/<letter:kind>.<letter_format:ending>", blank, name="letter-blank"),
    path("letters/<uuid:negotiation_id>/<letter:kind>.<letter_format:ending>", filled, name="letter"),
]
