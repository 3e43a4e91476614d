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
from heyue.engine.moves import Actor, Role
from heyue.faces.borrower import help_words
from heyue.faces.borrower.ways import Way
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
    """Show the way to complain and the ready letters, filled for the banks one talks with, else with blanks."""
    letters = [(kind.value, _(NAMES[kind]), _(WHEN[kind])) for kind in LetterKind]
    actor = actor_of(request)
    own = all_matters(actor) if actor is not None and actor.role is Role.BORROWER else []
    return render(request, "borrower/help/complaint.html", {"ways": _ways(actor), "letters": letters, "matters": own})


def _ways(actor: Actor | None) -> tuple[Way, ...]:
    today = clock.today()
    clear, complex_ = rule("COMPLAINT", today), rule("COMPLAINT-COMPLEX", today)
    return (
        Way(_("先打银行的信用卡热线"), _("号码在卡背面。问清楚为什么，记下时间和工号。")),
        Way(
            _("再向银行投诉"),
            _("事情清楚的%(clear)s天内答复，复杂的最长%(complex)s天。要记下投诉编号。依据：%(source)s。")
            % {"clear": clear.value, "complex": complex_.value, "source": clear.source},
        ),
        Way(
            _("还不行，打金融监管总局热线"),
            _("说清申请编号、哪天交的、银行怎么答的。"),
            str(rule("REGULATOR-HOTLINE", today).value),
        ),
        Way(_("也可以打人民银行热线"), _("征信、收费的事归它管。"), str(rule("CENTRAL-BANK-HOTLINE", today).value)),
        Way(_("申请金融消费纠纷调解"), _("不收费。打上面两个热线时说要调解，会告诉你当地找谁。")),
        Way(
            _("最后可以去法院"),
            _("先问免费的法律援助，再决定去不去。"),
            str(rule("LEGAL-AID-HOTLINE", today).value),
        ),
    )


urls = [
    path("help", index, name="help"),
    path("help/terms", terms, name="help-terms"),
    path("help/rights", rights, name="help-rights"),
    path("help/fraud", fraud, name="help-fraud"),
    path("help/complaint", complaint, name="help-complaint"),
]
