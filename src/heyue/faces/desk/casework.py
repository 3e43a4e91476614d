"""An officer's own work on cases: notes, the checklist, who handles what, and templates of terms."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue.application.answers import HARDSHIP_KINDS
from heyue.casework import actions, message_words, sharing
from heyue.casework import reads as casework
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk.bulk_forms import KeptMessageForm
from heyue.faces.desk.case_acts import answer
from heyue.faces.desk.case_beside import NoteForm
from heyue.faces.desk.case_page import case_of
from heyue.faces.desk.page import act, page, posted, taken
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.journey import perform

officer_only = staff_only(Role.OFFICER)


@officer_only
@posted("/desk/cases/{case_id}")
def write_note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep a note for colleagues."""
    form = NoteForm(request.POST)
    return answer(
        request,
        case_of(request.actor, case_id),
        "note",
        form,
        lambda: perform(request.actor, actions.write_note, dispatch_id=case_id, **form.cleaned_data),
        _("备注记下了，只有本行同事看得到。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def tick(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Mark one thing of the checklist, or take the mark away."""
    case = case_of(request.actor, case_id)
    done = request.POST.get("done") == "1"
    return act(
        request,
        f"{case.base}#checklist",
        lambda: perform(request.actor, actions.tick, dispatch_id=case_id, item=request.POST.get("item", ""), done=done),
        _("记下了。"),
    )


@officer_only
@posted("/desk/cases/{case_id}")
def hand(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give the case to a colleague: the borrower sees who handles it."""
    case = case_of(request.actor, case_id)
    officer_id = _id(request.POST.get("officer", ""))
    return act(
        request,
        case.base,
        lambda: perform(request.actor, sharing.hand_to, negotiation_ids=[case_id], officer_id=officer_id),
        _("分好了，持卡人看得到由谁负责。"),
    )


@officer_only
@posted("/desk/cases")
def drop_template(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Take a template away."""
    casework.template(request.actor, template_id)
    return act(
        request,
        "/desk/team",
        lambda: perform(request.actor, actions.drop_template, template_id=template_id),
        _("模板删掉了。"),
    )


@officer_only
@posted("/desk/team")
def keep_message(request: HttpRequest) -> HttpResponse:
    """Keep words that are sent often."""
    form = KeptMessageForm(request.POST)
    if form.is_valid():
        try:
            perform(request.actor, message_words.keep_message, **form.cleaned_data)
        except Refusal as refusal:
            field_error(form, refusal)
        else:
            return taken(request, _("模板存下了。"), "/desk/team", "/desk/team#message")
    return _team(request, form)


@officer_only
@posted("/desk/team")
def drop_message(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Take such words away."""
    casework.message_template(request.actor, template_id)
    return act(
        request,
        "/desk/team",
        lambda: perform(request.actor, message_words.drop_message, template_id=template_id),
        _("模板删掉了。"),
    )


@officer_only
def team(request: HttpRequest) -> HttpResponse:
    """Show the bank's officers, what each has in hand and knows best, and the templates; a post changes one."""
    if request.method == "POST":
        values = {
            "officer_id": _id(request.POST.get("officer", "")),
            "kinds": request.POST.getlist("kind"),
            "is_away": "away" in request.POST,
        }
        return act(request, "/desk/team", lambda: perform(request.actor, sharing.set_duty, **values), _("记下了。"))
    return _team(request)


def _team(request: HttpRequest, form: KeptMessageForm | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "colleagues": [
            (one, [(kind, _(said), kind in one.kinds) for kind, said in HARDSHIP_KINDS.items()])
            for one in casework.colleagues(actor)
        ],
        "templates": casework.templates(actor),
        "messages_kept": casework.message_templates(actor),
        "form": form or KeptMessageForm(),
    }
    return page(request, "team.html", context)


def _id(typed: str) -> UUID:
    """Read an id that a form sent. Raises ``NotFound`` for anything else."""
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound() from None


urls = [
    path("cases/<uuid:case_id>/notes", write_note),
    path("cases/<uuid:case_id>/checklist", tick),
    path("cases/<uuid:case_id>/hand", hand),
    path("messages-kept", keep_message),
    path("messages-kept/<uuid:template_id>/drop", drop_message),
    path("templates/<uuid:template_id>/drop", drop_template),
    path("team", team, name="desk-team"),
]
