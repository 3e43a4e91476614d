"""进度: how far it has come with every bank, what is expected of whom by when, and what to do now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue.application import reads as applications
from heyue.application.models import Application
from heyue.dispatch import actions as dispatch
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.answer import Wrong, answered
from heyue.faces.borrower.progress_told import BankStory, finding, heard, in_order, tell
from heyue.faces.borrower.progress_waits import Expected, expected
from heyue.faces.borrower.ways import path_about_us
from heyue.faces.problems import sentence
from heyue.faces.sessions import borrower_only
from heyue.journey import perform, story
from heyue.journey.matters import Phase, matter, matters
from heyue.journey.pulse import pulse
from heyue.journey.reviewing import Standing, reviewing
from heyue.negotiation import borrower_acts
from heyue.negotiation import reads as negotiations

POLL_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """One application as the page shows it."""

    number: str
    submitted_on: date | None
    heading: str
    review: Standing
    stories: tuple[BankStory, ...]
    expected: tuple[Expected, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether no bank is left to talk with."""
        return bool(self.stories) and all(one.settled for one in self.stories)

    @property
    def version(self) -> str:
        """A digest of all that is shown, so that a page knows whether there is news."""
        return hashlib.sha256(repr((self.heading, self.review, self.stories, self.expected)).encode()).hexdigest()[:20]


@never_cache
@borrower_only
def newest(request: HttpRequest) -> HttpResponse:
    """Show the newest application, or how to begin one."""
    row = applications.latest(request.actor)
    if row is None:
        return render(request, "borrower/progress/none.html")
    return _page(request, row)


@never_cache
@borrower_only
def progress(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Show one application."""
    return _page(request, applications.application(request.actor, application_id))


@never_cache
@borrower_only
def news(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Answer with the banks' part of the page, or 204 when nothing has changed since ``seen``."""
    row = applications.application(request.actor, application_id)
    shown = _shown(request.actor, row)
    if request.GET.get("seen") == shown.version:
        return HttpResponse(status=204)
    return render(request, "borrower/progress/banks.html", _context(row, shown))


@require_POST
@borrower_only
def answer(request: HttpRequest, negotiation_id: UUID, question_id: UUID) -> HttpResponse:
    """Answer a bank's question in place, with papers where it asks for them."""
    talk = negotiations.negotiation(request.actor, negotiation_id)
    try:
        wrong = answered(request, talk, question_id)
    except Refusal as refusal:
        messages.warning(request, sentence(refusal))
    else:
        if wrong:
            return _page(request, talk.application, wrong)
        messages.success(request, _("答复送给%(bank)s了。") % {"bank": talk.bank.name})
    return redirect(f"/progress/{talk.application_id}#bank-{negotiation_id}")


@never_cache
@borrower_only
def end(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Ask once more before one negotiation is ended; the others go on."""
    one = matter(request.actor, negotiation_id)
    talk, back = one.talk, f"/progress/{one.dispatch.application_id}"
    if request.method == "POST":
        try:
            if talk:
                perform(request.actor, borrower_acts.end, negotiation_id=negotiation_id)
            else:
                perform(request.actor, dispatch.give_up, dispatch_id=negotiation_id)
            messages.success(request, _("和%(bank)s的协商结束了，别家照常。") % {"bank": one.bank.name})
        except Refusal as refusal:
            if matter(request.actor, negotiation_id).phase not in (Phase.ENDED, Phase.STOPPED):
                messages.warning(request, sentence(refusal))
        return redirect(back)
    return render(
        request,
        "borrower/progress/end.html",
        {
            "bank": one.bank,
            "back": back,
            "possible": negotiations.is_talking(talk) if talk else dispatches.may_give_up(one.dispatch),
            "waits": talk is None and one.phase != Phase.STOPPED,
            "paused": one.paused,
            "agreement": one.agreement if talk and negotiations.is_agreed(talk) else None,
        },
    )


def _page(request: HttpRequest, row: Application, wrong: Wrong | None = None) -> HttpResponse:
    # Taken before anything that it stands for: what changes while the page is read is news to it, and not missed.
    mark = pulse(request.actor, row.pk)  # type: ignore[attr-defined]
    shown = _shown(request.actor, row)
    earlier = [one for one in applications.visible(request.actor) if one.pk != row.pk]
    context = _context(row, shown) | {
        "wrong": wrong,
        "earlier": [(one, reviewing(request.actor, one)) for one in earlier],
        "may_withdraw": shown.review.may_withdraw and not shown.review.draft and not shown.settled,
        "all_entries": story.of_application(request.actor, row.pk),
        "pulse": mark,
        "poll_seconds": 0 if shown.review.over else POLL_SECONDS,
    }
    return render(request, "borrower/progress/page.html", context)


def _shown(actor: Actor, row: Application) -> Progress:
    found = matters(actor, row.pk)
    said = heard(actor, row.borrower_id, found)
    stories = in_order([tell(said, one) for one in found])
    open_questions = {UUID(one.id) for one in stories if one.asks}
    review = reviewing(actor, row)
    heading = finding(stories) if stories and not review.withdrawn else review.heading
    return Progress(row.number, row.base_date, heading, review, tuple(stories), tuple(expected(found, open_questions)))


def _context(row: Application, shown: Progress) -> dict[str, object]:
    middle = (len(shown.stories) + 1) // 2
    return {
        "row": row,
        "shown": shown,
        "columns": [shown.stories[:middle], shown.stories[middle:]],
        "ways": path_about_us() if shown.review.upheld_for else (),
        "declined": bool(shown.stories) and all(story.told.declined for story in shown.stories),
    }


urls = [
    path("progress", newest, name="progress"),
    path("progress/<uuid:application_id>", progress, name="progress-of"),
    path("progress/<uuid:application_id>/news", news, name="progress-news"),
    path("n/<uuid:negotiation_id>/answer/<uuid:question_id>", answer, name="answer"),
    path("n/<uuid:negotiation_id>/end", end, name="end"),
]
