"""By which channel each bank is reached, one negotiation by another, and what came by mail."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.application.proofs import SAID
from heyue.banks import reads as banks
from heyue.dispatch import channels, mail_in
from heyue.dispatch.channels import Opened
from heyue.dispatch.models import Dispatch, ReceivedMail
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal, words
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.page import page, taken
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.journey import perform

SHOWN_MAX = 100
HERE = "/desk/channels"
CHANNELS = {"api": words("系统直连"), "email": words("邮件"), "phone": words("电话")}
FATES = {
    ReceivedMail.Fate.WAITING: words("还没处理"),
    ReceivedMail.Fate.FILED: words("已存证"),
    ReceivedMail.Fate.BOUNCE: words("退回"),
    ReceivedMail.Fate.ASIDE: words("放在一边"),
}
TEXT = {"class": "form-control", "autocomplete": "off"}


class ChannelForm(DeskForm):
    """A channel, and why it is chosen."""

    channel = forms.ChoiceField(
        label=lazy("渠道"),
        choices=lambda: [(key, _(name)) for key, name in CHANNELS.items()],
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选一个渠道"), "invalid_choice": lazy("选一个渠道")},
    )
    reason = forms.CharField(
        label=lazy("为什么换"),
        max_length=channels.REASON_CHARS_MAX,
        widget=forms.TextInput(TEXT),
        error_messages={"required": lazy("写明为什么换。"), "max_length": lazy("写短一点，200字以内")},
    )


class BankForm(ChannelForm):
    """How a bank is reached, and its registered mailbox."""

    mail_address = forms.CharField(
        label=lazy("登记的邮箱"),
        required=False,
        max_length=254,
        widget=forms.TextInput({**TEXT, "inputmode": "email"}),
        error_messages={"max_length": lazy("邮箱写成 name@bank.com 这样。")},
    )


class CaseForm(ChannelForm):
    """Another channel for one negotiation."""

    number = forms.CharField(
        label=lazy("案件编号"),
        max_length=24,
        widget=forms.TextInput(TEXT),
        error_messages={"required": lazy("写案件编号"), "max_length": lazy("没有这个编号")},
    )


@dataclass(frozen=True, slots=True)
class MailLine:
    """One mail that came in, and what became of it."""

    mail: Opened
    standing: str
    why: str


@staff_only(Role.REVIEWER, Role.OPERATOR)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the channels, and take the choice of one negotiation's."""
    form = CaseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = form.cleaned_data
        row = channels.numbered(request.actor, told["number"])
        if row is None:
            form.add_error("number", _("没有这个编号"))
        else:
            try:
                values = {"channel": told["channel"], "reason": told["reason"]}
                perform(request.actor, channels.choose, dispatch_id=row.pk, **values)
            except Refusal as refusal:
                field_error(form, refusal)
            else:
                return taken(request, _("换好了，等着的消息按新渠道走。"), HERE, HERE)
    return _show(request, form)


def _show(request: HttpRequest, form: CaseForm) -> HttpResponse:
    context = {
        "banks": [(bank, _(CHANNELS[bank.channel])) for bank in banks.banks(request.actor)],
        "may_choose": request.actor.role is Role.OPERATOR,
        "form": form,
        "chosen": [(row, _(CHANNELS[row.channel])) for row in channels.chosen(request.actor)[:SHOWN_MAX]],
        "running": _running(request),
        "all": "all" in request.GET,
        "asked": request.GET.get("bank", ""),
        "mails": [_line(one) for one in channels.opened(channels.mails(request.actor)[:SHOWN_MAX])],
    }
    return page(request, "channels.html", context)


def _running(request: HttpRequest) -> list[tuple[Dispatch, str]]:
    """Return the newest cases of the chosen bank that a channel can be chosen for."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = request.GET.get("bank", "")
    rows = channels.running(actor).filter(bank__slug=chosen)[:SHOWN_MAX] if chosen else []
    return [(row, _(CHANNELS[channels.channel_of(row)])) for row in rows]


@staff_only(Role.OPERATOR)
def bank(request: HttpRequest, bank_id: UUID) -> HttpResponse:
    """Choose how one bank is reached."""
    row = banks.bank(request.actor, bank_id)
    if request.method == "POST":
        form = BankForm(request.POST)
        if form.is_valid():
            try:
                perform(request.actor, channels.choose_for_bank, bank_id=bank_id, **form.cleaned_data)
            except Refusal as refusal:
                field_error(form, refusal)
            else:
                return taken(request, _("改好了。"), HERE, HERE)
    else:
        form = BankForm(initial={"channel": row.channel, "mail_address": row.mail_address})
    return page(request, "channel_bank.html", {"bank": row, "form": form})


@staff_only(Role.REVIEWER, Role.OPERATOR)
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one mail as plain text, with what was attached."""
    row = channels.mail(request.actor, mail_id)
    papers = [(one, name, _(SAID.get(one.refused, one.refused))) for one, name in channels.papers(row)]
    return page(request, "channel_mail.html", {"one": _line(*channels.opened([row])), "papers": papers})


@staff_only(Role.REVIEWER, Role.OPERATOR)
def paper(request: HttpRequest, mail_id: UUID, paper_id: UUID) -> HttpResponse:
    """Return a washed attachment."""
    media_type, content = channels.paper(request.actor, mail_id, paper_id)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type=media_type, headers={**headers, "Cache-Control": "no-store"})


def _line(mail: Opened) -> MailLine:
    row = mail.row
    why = _(mail_in.WHY[row.why]) if row.why in mail_in.WHY else ""
    return MailLine(mail, _(FATES[ReceivedMail.Fate(row.fate)]), why)


urls = [
    path("channels", overview, name="desk-channels"),
    path("channels/banks/<uuid:bank_id>", bank),
    path("channels/mails/<uuid:mail_id>", mail),
    path("channels/mails/<uuid:mail_id>/papers/<uuid:paper_id>", paper),
]
