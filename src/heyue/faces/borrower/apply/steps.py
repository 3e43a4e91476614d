"""The interview's steps in their order, the draft that they fill, and where to go from each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from heyue.application import reads
from heyue.application.actions import save_answers
from heyue.application.answers import FieldErrors, clean, part_version
from heyue.application.checks import NEEDED_PARTS
from heyue.application.models import Application
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.elsewhere import differences
from heyue.faces.sessions import borrower_only
from heyue.journey import perform

STEPS = ("cards", "income", "expenses", "hardship", "wish", "plan", "proofs", "review")
PROGRESS = "/progress"
TO_REVIEW = "review"
FORM_ID = "f"
_DONE = "done_form"


@dataclass(frozen=True, slots=True)
class Draft:
    """The application in the making, its answers opened, at one step."""

    actor: Actor
    row: Application
    answers: dict[str, Any]
    step: str
    back: str

    @property
    def number(self) -> int:
        """The step's number, counted from 1."""
        return STEPS.index(self.step) + 1

    def part(self) -> dict[str, Any]:
        """Return what this step has kept, empty where nothing was."""
        return dict(self.answers.get(self.step, {}))


StepView = Callable[..., HttpResponse]


def step_view(step: str) -> Callable[[StepView], Callable[..., HttpResponse]]:
    """Open the borrower's draft at this step; without one go to where one is begun.

    An application that was handed in meanwhile (a second tab, a double tap) leads to its progress.
    """

    def decorate(view: StepView) -> Callable[..., HttpResponse]:
        @never_cache
        @borrower_only
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            row = reads.in_the_making(request.actor)
            if row is None:
                return redirect("apply")
            back = TO_REVIEW if TO_REVIEW in (request.GET.get("back"), request.POST.get("back")) else ""
            draft = Draft(request.actor, row, reads.answers(request.actor, row), step, back)
            try:
                return view(request, draft, *args, **kwargs)
            except Refusal as refusal:
                if refusal.code == "already-submitted":
                    return HttpResponseRedirect(PROGRESS)
                raise

        return opened

    return decorate


def shown(request: HttpRequest, draft: Draft, **more: object) -> dict[str, object]:
    """Return what every step's page knows, and more; after a post also what was saved elsewhere meanwhile."""
    before = STEPS[draft.number - 2] if draft.number > 1 else ""
    return {
        "row": draft.row,
        "step": draft.step,
        "number": draft.number,
        "steps": len(STEPS),
        "back": draft.back,
        "previous": address(TO_REVIEW) if draft.back else address(before) if before else "/",
        "is_returned": reads.is_returned(draft.row),
        "words_back": draft.row.words_back,
        "done_form": request.session.pop(_DONE, ""),
        "version": part_version(draft.answers, draft.step),
        "elsewhere": differences(draft.actor, draft.step, draft.part(), request.POST)
        if _is_behind(request, draft)
        else (),
        **more,
    }


def keep(request: HttpRequest, draft: Draft, values: dict[str, Any]) -> dict[str, str]:
    """Clean and save what was typed at this step; return what is wrong, empty when it was saved."""
    try:
        part = clean(draft.step, values)
    except FieldErrors as wrong:
        return wrong.errors
    version = request.POST.get("version") or None
    try:
        perform(
            draft.actor,
            save_answers,
            application_id=draft.row.pk,
            part=draft.step,
            values=part,
            version=version,
        )
    except Refusal as refusal:
        if refusal.code != "answered-elsewhere":
            raise
        return {"elsewhere": refusal.message}
    # The page that follows tells the browser that this form was taken, so that it is not offered again.
    request.session[_DONE] = f"{address(draft.step)}#{FORM_ID}"
    return {}


def _is_behind(request: HttpRequest, draft: Draft) -> bool:
    """Whether the form that was sent was drawn from an answer that is not the one kept now."""
    seen = request.POST.get("version") if request.method == "POST" else None
    return bool(seen) and draft.step in draft.answers and seen != part_version(draft.answers, draft.step)


def onward(draft: Draft) -> HttpResponse:
    """Go to the next step; from a correction back to the review, or to what the correction made missing."""
    if not draft.back:
        return redirect(address(STEPS[draft.number]))
    answers = reads.answers(draft.actor, reads.application(draft.actor, draft.row.pk))
    missing = first_missing(answers)
    return redirect(f"{address(missing)}?back={TO_REVIEW}" if missing else address(TO_REVIEW))


def first_missing(answers: dict[str, Any]) -> str:
    """Return the first part that has no answer yet, empty when all have."""
    return next((part for part in NEEDED_PARTS if part not in answers), "")


def address(step: str) -> str:
    """Return a step's address."""
    return f"/apply/{step}"
