"""帮助: terms, rights, fraud, the way to complain with ready letters, and who listens in a bad hour.

Open without signing in: nothing here is of a case, and a frightened person should find it first.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue import clock
from heyue.engine.moves import Role
from heyue.faces.borrower import help_words
from heyue.faces.borrower.ways import general_path, path_about_us
from heyue.faces.sessions import actor_of
from heyue.journey.letters import NAMES, WHEN, LetterKind
from heyue.journey.matters import all_matters
from heyue.policy.load import rule


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what help there is, and who listens in a bad hour."""
    line = rule("CRISIS-HOTLINE", clock.today())
    own = [said for said in settings.HEYUE_CRISIS_HELP.splitlines() if said.strip()]
    return render(request, "borrower/help/index.html", {"crisis": own, "line": line})


@never_cache
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Explain the terms in plain words."""
    found = [(_(term), _(said)) for term, said in help_words.TERMS]
    return render(request, "borrower/help/terms.html", {"terms": found})


@never_cache
@require_safe
def rights(request: HttpRequest) -> HttpResponse:
    """Show the rights with their articles."""
    legal_aid = rule("LEGAL-AID-HOTLINE", clock.today()).value
    return render(request, "borrower/help/rights.html", {"rights": help_words.rights(), "legal_aid": legal_aid})


@never_cache
@require_safe
def fraud(request: HttpRequest) -> HttpResponse:
    """Show how to tell a debt agent's fraud, and what to do."""
    line = {"line": rule("ANTI-FRAUD-HOTLINE", clock.today()).value}
    context = {
        "signs": [_(said) for said in help_words.FRAUD_SIGNS],
        "now": [_(said) % line for said in help_words.FRAUD_WHAT_NOW],
    }
    return render(request, "borrower/help/fraud.html", context)


@never_cache
@require_safe
def complaint(request: HttpRequest) -> HttpResponse:
    """Show the ways to complain of a bank and of the platform, and the ready letters, filled where one talks."""
    letters = [(kind.value, _(NAMES[kind]), _(WHEN[kind])) for kind in LetterKind]
    actor = actor_of(request)
    own = all_matters(actor) if actor is not None and actor.role is Role.BORROWER else []
    context = {"ways": general_path(), "ways_about_us": path_about_us(), "letters": letters, "matters": own}
    return render(request, "borrower/help/complaint.html", context)


urls = [
    path("help", index, name="help"),
    path("help/terms", terms, name="help-terms"),
    path("help/rights", rights, name="help-rights"),
    path("help/fraud", fraud, name="help-fraud"),
    path("help/complaint", complaint, name="help-complaint"),
]
