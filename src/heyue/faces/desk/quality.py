"""Quality sampling at the desk: decided reviews that another reviewer looks at again."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.engine.moves import Role
from heyue.faces.desk.page import act, page, posted
from heyue.faces.sessions import staff_only
from heyue.identity.reads import masked
from heyue.journey import perform
from heyue.journey.staff_words import review_words
from heyue.policy.load import rule
from heyue.review import reads, sampling

SHOWN_MAX = 50


@staff_only(Role.REVIEWER)
def quality(request: HttpRequest) -> HttpResponse:
    """Show what was sampled, how often others agreed, and what colleagues said of one's own decisions."""
    found = [
        (row, masked(row.borrower).name, review_words(row)) for row in sampling.to_look_at(request.actor)[:SHOWN_MAX]
    ]
    context = {
        "found": found,
        "one_in": rule("REVIEW-SAMPLE", clock.today()).value,
        "agreement": sampling.agreement(request.actor),
        "told": sampling.told_to(request.actor)[:SHOWN_MAX],
    }
    return page(request, "quality.html", context)


@staff_only(Role.REVIEWER)
@posted("/desk/quality")
def look_again(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Keep whether one agrees with another reviewer's decision."""
    reads.review(request.actor, review_id)
    values = {"agrees": request.POST.get("agrees") == "1", "text": request.POST.get("text", "")}
    return act(
        request,
        "/desk/quality",
        lambda: perform(request.actor, sampling.look_again, review_id=review_id, **values),
        _("记下了。"),
    )


urls = [
    path("quality", quality, name="desk-quality"),
    path("quality/<uuid:review_id>", look_again),
]
