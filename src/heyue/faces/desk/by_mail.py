"""The door of a mailed link: a code from the bank's own mailbox, a name, and one negotiation until the session ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.dispatch import mail_links
from heyue.dispatch.mail_links import NAME_CHARS_MAX, NUMBER_CHARS_MAX
from heyue.dispatch.models import MailLink
from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import Refusal, words
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.problems import field_error
from heyue.faces.sessions import View, asked_from
from heyue.journey import perform

OPEN_FOR = timedelta(hours=2)
_OPENED = "by_mail"
TEXT = {"class": "form-control", "autocomplete": "off"}
CODE = {
    "class": "form-control num",
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "maxlength": 12,
}
CODE_WORDS = {
    "code-wrong": words("验证码不对，还可以试%(left)s次。看看是不是最新那封邮件里的。"),
    "code-length": words("验证码是6位数字，再看一眼邮件。"),
}
"""What a refused code says where codes come by mail."""


class OpenForm(DeskForm):
    """The code, and who it is that opens."""

    code = forms.CharField(
        label=lazy("邮件里的验证码"),
        widget=forms.TextInput(CODE),
        max_length=12,
        error_messages={"required": lazy("填6位验证码"), "max_length": lazy("验证码是6位数字，再看一眼邮件。")},
    )
    name = forms.CharField(
        label=lazy("你的姓名"),
        max_length=NAME_CHARS_MAX,
        widget=forms.TextInput(TEXT),
        error_messages={"required": lazy("写你的姓名"), "max_length": lazy("写短一点，20字以内")},
    )
    staff_number = forms.CharField(
        label=lazy("你的工号"),
        max_length=NUMBER_CHARS_MAX,
        widget=forms.TextInput(TEXT),
        error_messages={"required": lazy("写你的工号"), "max_length": lazy("写短一点，18字以内")},
    )

    def clean_staff_number(self) -> str:
        """A staff number is one word: it stands after the name in the ledger."""
        return "".join(str(self.cleaned_data["staff_number"]).split())


def opened(view: View) -> View:
    """Let in who opened this negotiation's link; ``request.actor`` may see it alone, ``request.link`` is the link.

    Everybody else is sent to their mail: the address of the page says nothing and opens nothing.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, case_id: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = request.session.get(_OPENED, {}).get(str(case_id))
        if not kept or kept["until"] < clock.machine_now().timestamp():
            return _shown(request, "by_mail_closed.html", {}, status=403)
        link = mail_links.standing(UUID(kept["link"]))
        request.link = link
        request.actor = mail_links.officer(link, kept["name"], kept["number"])
        return view(request, case_id, *args, **kwargs)

    return guarded


@never_cache
def door(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link is for, mail a code, and open the negotiation for the one who has it."""
    link = mail_links.opened_by(token)
    sending = request.method == "POST" and "send" in request.POST
    form = OpenForm(request.POST if request.method == "POST" and not sending else None)
    if sending:
        return _send(request, link)
    if form.is_valid():
        try:
            told = form.cleaned_data
            perform(PLATFORM, mail_links.open_link, link_id=link.pk, **told)
        except Refusal as refusal:
            code_error(form, refusal)
        else:
            return _open(request, link, told["name"], told["staff_number"])
    context = {
        "form": form,
        "bank": link.dispatch.bank,
        "number": link.dispatch.number,
        "address": masked(link.dispatch.bank.mail_address),
        "until": link.expires_at,
    }
    return _shown(request, "by_mail_door.html", context)


def _send(request: HttpRequest, link: MailLink) -> HttpResponse:
    mailed(request, lambda: perform(PLATFORM, mail_links.ask_code, link_id=link.pk, asked_from=asked_from(request)))
    return redirect(request.path)


def mailed(request: HttpRequest, ask: Callable[[], object]) -> None:
    """Ask for a code by mail and say what came of it."""
    try:
        ask()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.warning(request, _(refusal.message) % refusal.params)
    else:
        messages.success(request, _("验证码发出去了，几分钟内会到登记的邮箱，5分钟内有效。"))


def code_error(form: forms.Form, refusal: Refusal) -> None:
    """Put a refused code beside its field, in the words of a mailed one."""
    if refusal.status in (403, 404):
        raise refusal
    if refusal.code in CODE_WORDS and ("left" in refusal.params or refusal.code != "code-wrong"):
        form.add_error("code", _(CODE_WORDS[refusal.code]) % refusal.params)
    else:
        field_error(form, refusal)


def masked(address: str) -> str:
    """Return an address as a page may show it to one who has only the link."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"


def _open(request: HttpRequest, link: MailLink, name: str, number: str) -> HttpResponse:
    request.session.cycle_key()
    kept = dict(request.session.get(_OPENED, {}))
    until = int((clock.machine_now() + OPEN_FOR).timestamp())
    kept[str(link.dispatch_id)] = {"link": str(link.pk), "name": name, "number": number, "until": until}
    request.session[_OPENED] = kept
    return redirect(f"/desk/by-mail/case/{link.dispatch_id}")


def _shown(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"desk/{template}", context, status=status)


urls = [path("by-mail/<str:token>", door)]
