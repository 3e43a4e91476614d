"""The desk's page of disputes: for the platform to look into, for a bank's officers to see and answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django import forms
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.deadlines import WaitKind, open_waits
from heyue.dispatch import channels
from heyue.dispatch import reads as dispatches
from heyue.disputes import actions, reads, to_bank
from heyue.disputes.actions import REASON_CHARS_MAX, TEXT_CHARS_MAX
from heyue.disputes.models import Dispute
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk import timeline
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.page import GONE_ON, act, gone_on, page, posted, taken
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.identity.reads import masked
from heyue.journey import perform, story
from heyue.journey.board import late_since
from heyue.journey.matters import matter
from heyue.journey.staff_words import case_words, dispute_words
from heyue.policy.load import Record

ENDED_SHOWN_MAX = 50
PLATFORM = (Role.REVIEWER, Role.OPERATOR)
OUTCOMES = [
    ("upheld", lazy("成立")),
    ("partly-upheld", lazy("部分成立")),
    ("not-upheld", lazy("不成立")),
]
AREA = {"class": "form-control", "rows": 3}
MAILS_SHOWN_MAX = 20


class QuestionForm(DeskForm):
    """A question to either side."""

    to = forms.ChoiceField(
        label=lazy("问谁"),
        choices=[("borrower", lazy("持卡人")), ("bank", lazy("银行"))],
        widget=forms.Select({"class": "form-select"}),
    )
    text = forms.CharField(
        label=lazy("问什么"),
        max_length=TEXT_CHARS_MAX,
        widget=forms.Textarea(AREA),
        error_messages={"required": lazy("写下要问的"), "max_length": lazy("写短一点，1000字以内")},
    )


class DisputeNoteForm(DeskForm):
    """A note for colleagues."""

    text = forms.CharField(
        label=lazy("内部备注，两边都看不到"),
        max_length=TEXT_CHARS_MAX,
        widget=forms.Textarea(AREA),
        error_messages={"required": lazy("写下备注"), "max_length": lazy("写短一点，1000字以内")},
    )


class OutcomeForm(DeskForm):
    """What came of it, and why."""

    outcome = forms.ChoiceField(
        label=lazy("结论"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={"required": lazy("选一个结论")},
    )
    reason = forms.CharField(
        label=lazy("查到了什么，为什么（持卡人看得到，和银行有关的银行也看得到）"),
        max_length=REASON_CHARS_MAX,
        widget=forms.Textarea(AREA),
        error_messages={
            "required": lazy("写清楚查到了什么、为什么，10 到 1000 个字，两边都看得懂"),
            "max_length": lazy("写短一点，1000字以内"),
        },
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One dispute as a list shows it; ``address`` is its page for this reader."""

    row: Dispute
    address: str
    name: str
    kind: str
    against: str
    standing: str
    due_on: date | None
    asks_us: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What a kind of dispute stands on: the record's title, article and grade."""

    title: str
    article: str
    grade: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the platform's desk shows it: ``way`` says how it went to the bank, ``at`` when it was there."""

    one: reads.Asked
    position: str
    way: str = ""
    at: datetime | None = None
    is_stuck: bool = False


@staff_only(*PLATFORM, Role.OFFICER)
def disputes(request: HttpRequest) -> HttpResponse:
    """List the open disputes by deadline, and those with an outcome below; a bank sees those with it."""
    actor: Actor = request.actor
    rows = _rows(actor, list(reads.open_ones(actor)))
    context = {
        "rows": sorted(rows, key=lambda one: (one.due_on or date.max, one.row.number)),
        "rest": _rows(actor, list(reads.ended(actor)[:ENDED_SHOWN_MAX])),
        "of_bank": actor.role is Role.OFFICER,
    }
    return page(request, "disputes.html", context)


@staff_only(*PLATFORM)
def dispute(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Show one dispute to the platform's desk."""
    return _page(request, reads.dispute(request.actor, dispute_id))


@staff_only(*PLATFORM)
@posted("/desk/disputes/{dispute_id}")
def take(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Take it in hand; from a colleague only when that is asked for."""
    values = {"dispute_id": dispute_id, "from_other": "over" in request.POST}
    back = f"/desk/disputes/{dispute_id}"
    return act(request, back, lambda: perform(request.actor, actions.take, **values), _("这件在你手上了。"))


@staff_only(*PLATFORM)
@posted("/desk/disputes/{dispute_id}")
def ask(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Put a question to the borrower or the bank."""
    return _taken(request, dispute_id, "ask", QuestionForm(request.POST), actions.ask, _("问出去了。"))


@staff_only(*PLATFORM)
@posted("/desk/disputes/{dispute_id}")
def write_note(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Keep a note."""
    return _taken(request, dispute_id, "note", DisputeNoteForm(request.POST), actions.write_note, _("记下了。"))


@staff_only(*PLATFORM)
@posted("/desk/disputes/{dispute_id}")
def decide(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Say what came of it."""
    return _taken(
        request, dispute_id, "decide", OutcomeForm(request.POST), actions.decide, _("结论记下了，也告诉持卡人了。")
    )


@staff_only(*PLATFORM, Role.OFFICER)
def paper(request: HttpRequest, dispute_id: UUID, paper_id: UUID) -> HttpResponse:
    """Show a paper of a dispute."""
    return paper_shown(request, dispute_id, paper_id)


def paper_shown(request: HttpRequest, dispute_id: UUID, paper_id: UUID) -> HttpResponse:
    """Return a paper that the request's actor may see; each opening is recorded where the borrower sees it."""
    found, content = reads.paper(request.actor, dispute_id, paper_id)
    perform(request.actor, actions.record_look, dispute_id=dispute_id, paper_id=paper_id)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type=found.media_type, headers={**headers, "Cache-Control": "no-store"})


@staff_only(Role.OFFICER)
@posted("/desk/cases/{case_id}")
def answer(request: HttpRequest, case_id: UUID, dispute_id: UUID, asked_id: UUID) -> HttpResponse:
    """Answer the platform's question for the bank."""
    row = reads.dispute(request.actor, dispute_id)
    if row.negotiation_id != dispatches.dispatch(request.actor, case_id).pk:
        raise NotFound()
    back = f"/desk/cases/{case_id}#disputes"
    values = answer_given(request, dispute_id, asked_id)
    return act(request, back, lambda: perform(request.actor, actions.answer, **values), _("答复给平台了。"))


def answer_given(request: HttpRequest, dispute_id: UUID, asked_id: UUID) -> dict[str, object]:
    """Return what a bank's officer typed as an answer, at the desk or behind a mailed link, for ``actions.answer``."""
    typed = {"text": request.POST.get("text", ""), "position": request.POST.get("position", "informs")}
    return {"dispute_id": dispute_id, "asked_id": asked_id, **typed}


def _taken(
    request: HttpRequest, dispute_id: UUID, name: str, form: Form, do: Callable[..., object], done: str
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    back = f"/desk/disputes/{dispute_id}"
    row = reads.dispute(actor, dispute_id)
    if not form.is_valid():
        return _page(request, row, {name: form})
    try:
        perform(actor, do, dispute_id=dispute_id, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        if refusal.status == GONE_ON:
            return gone_on(request, refusal, back)
        field_error(form, refusal)
        return _page(request, row, {name: form})
    return taken(request, done, back, f"{back}/{name}#{name}")


def _ground(record: Record) -> Ground:
    return Ground(record.title, f"{record.source} {record.article}".strip(), str(record.grade))


def _page(request: HttpRequest, row: Dispute, forms_given: dict[str, Form] | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = forms_given or {}
    (shown,) = _rows(actor, [row])
    about, told = matter(actor, row.negotiation_id), reads.told(actor, row)
    with_bank = row.against == Dispute.Against.BANK
    mails = channels.mails_of(actor, row.negotiation_id)[:MAILS_SHOWN_MAX] if with_bank else []
    context = {
        "row": row,
        "shown": shown,
        "said": told,
        "asked": [_asked(one, row) for one in told.asked],
        "mails": channels.opened(mails),
        "name": shown.name,
        "can": reads.may(actor, row),
        "grounds": [_ground(one) for one in reads.basis(row.kind)],
        "about": about,
        "standing_of_case": case_words(about.dispatch, about.talk, about.agreement, about.plan),
        "story": timeline.lines(story.of_negotiation(actor, row.negotiation_id)),
        "ask": given.get("ask") or QuestionForm(),
        "note": given.get("note") or DisputeNoteForm(),
        "decide": given.get("decide") or OutcomeForm(),
        "base": f"/desk/disputes/{row.pk}",
        "with_bank": with_bank,
        "reaches_bank": to_bank.reaches_bank(row),
        "not_reached": _not_reached(row),
    }
    return page(request, "dispute.html", context)


def _not_reached(row: Dispute) -> str:
    """Say why the bank cannot be asked from here and what to do instead; empty where it can, or is not to be."""
    if row.against != Dispute.Against.BANK or to_bank.reaches_bank(row):
        return ""
    if not dispatches.is_out(row.negotiation):
        return _("申请不在%(bank)s手上，它看不到这件异议，这里问不了它。") % {"bank": row.bank.name}
    told = {"bank": row.bank.name, "hotline": row.bank.hotline}
    said = _("%(bank)s只能打电话找到，也没有人在工作台上。打它的热线 %(hotline)s 问，问到谁、怎么答的，写进备注。")
    return said % told


def _asked(one: reads.Asked, row: Dispute) -> Asked:
    """Say by which way a question to the bank went and whether it is there; one to the borrower says nothing."""
    position = _(one.position) if one.position else ""
    if one.row.to != "bank":
        return Asked(one, position)
    if one.sent is None:
        return Asked(one, position, _("在工作台上给银行的专员看"))
    by_mail = one.sent.channel == "email"
    way = _("发邮件到银行的邮箱") if by_mail else _("经接口发给银行的系统")
    if one.sent.is_final:
        said = {"way": way, "hotline": row.bank.hotline}
        stuck = one.row.answered_at is None
        return Asked(one, position, _("%(way)s：没有收下。打它的热线 %(hotline)s 问。") % said, is_stuck=stuck)
    if one.sent.delivered_at is None:
        return Asked(one, position, _("%(way)s：还没送到，会接着送") % {"way": way})
    told = _("%(way)s：送到了，它的系统已经采用") if one.sent.is_taken else _("%(way)s：送到了")
    return Asked(one, position, told % {"way": way}, one.sent.delivered_at)


def _rows(actor: Actor, found: list[Dispute]) -> list[Row]:
    of_bank = actor.role is Role.OFFICER
    kind = WaitKind.DISPUTE_ANSWER if of_bank else WaitKind.DISPUTE
    late = late_since(actor, (kind,))
    waits = open_waits([row.pk for row in found])
    due = {pk: wait.due_on for pk, each in waits.items() for wait in each if wait.kind == kind}
    asked = set(reads.asks_bank(actor).values_list("pk", flat=True)) if of_bank else set()
    return [
        Row(
            row=row,
            address=f"/desk/cases/{row.negotiation_id}#disputes" if of_bank else f"/desk/disputes/{row.pk}",
            name=masked(row.borrower).name,
            kind=_(reads.KINDS[row.kind]),
            against=row.bank.name if row.against == Dispute.Against.BANK else _("和约平台"),
            standing=dispute_words(row),
            due_on=late.get(row.pk) or due.get(row.pk),
            asks_us=row.pk in asked,
        )
        for row in found
    ]


urls = [
    path("disputes", disputes, name="desk-disputes"),
    path("disputes/<uuid:dispute_id>", dispute, name="desk-dispute"),
    path("disputes/<uuid:dispute_id>/take", take),
    path("disputes/<uuid:dispute_id>/ask", ask),
    path("disputes/<uuid:dispute_id>/note", write_note),
    path("disputes/<uuid:dispute_id>/decide", decide),
    path("disputes/<uuid:dispute_id>/papers/<uuid:paper_id>", paper),
    path("cases/<uuid:case_id>/disputes/<uuid:dispute_id>/answer/<uuid:asked_id>", answer),
]
