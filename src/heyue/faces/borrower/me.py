"""安全: who one is here, another phone number, the size of the text, consents, the notice, signing out."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from heyue.engine.refusal import Refusal
from heyue.faces import kept
from heyue.faces.borrower.fields import CodeField, PhoneField
from heyue.faces.problems import field_error, next_step, sentence
from heyue.faces.sessions import asked_from, borrower_only
from heyue.identity import actions, phone_number, reads
from heyue.identity.models import Consent, OneTimeCode
from heyue.journey import perform
from heyue.vault import mask_phone

_ASKED = "changed_phone"


class NewPhoneForm(forms.Form):
    """The new phone number."""

    phone = PhoneField(label=lazy("新手机号"))


class NewPhoneCodeForm(forms.Form):
    """The code that was sent to the new phone."""

    code = CodeField(label=lazy("短信验证码"))


@never_cache
@borrower_only
def me(request: HttpRequest) -> HttpResponse:
    """Show what is known and what can be changed."""
    person = reads.person(request.actor)
    said: dict[str, str] = {
        Consent.Purpose.ACCOUNTS: _("查你的信用卡、账单、还款"),
        Consent.Purpose.APPLICATION: _("看你的申请材料"),
        Consent.Purpose.HEALTH: _("看你看病的材料"),
    }
    context = {
        "person": person,
        "masked": reads.masked(person),
        "consents": [
            (consent, said[consent.purpose])
            for consent in reads.consents(request.actor)
            if consent.withdrawn_at is None
        ],
    }
    return render(request, "borrower/me.html", context)


@never_cache
@borrower_only
def phone(request: HttpRequest) -> HttpResponse:
    """Take the new phone number and send it a code."""
    form = NewPhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            number = phone_number.parse(form.cleaned_data["phone"])
            _send(request, number)
            return redirect("me-phone-code")
        except Refusal as refusal:
            field_error(form, refusal)
    now = reads.masked(reads.person(request.actor)).phone
    return render(request, "borrower/me_phone.html", {"form": form, "now": now})


@never_cache
@borrower_only
def phone_code(request: HttpRequest) -> HttpResponse:
    """Take the code and put the new phone in the old one's place."""
    asked = kept.look(request, _ASKED)
    if not asked:
        return redirect("me-phone")
    number = asked["phone"]
    again = "again" in request.POST
    form = NewPhoneCodeForm(request.POST if request.method == "POST" and not again else None)
    if request.method == "POST":
        try:
            if again:
                _send(request, number, again=True)
                return redirect("me-phone-code")
            if form.is_valid():
                perform(request.actor, actions.change_phone, phone=number, code=form.cleaned_data["code"])
                return _changed(request, number)
        except Refusal as refusal:
            if refusal.field == "phone" and not again:
                raise
            if form.is_bound:
                field_error(form, refusal)
            else:
                messages.warning(request, sentence(refusal) + next_step(refusal))
    seconds = reads.seconds_until_resend(OneTimeCode.Purpose.CHANGE_PHONE, number)
    context = {"form": form, "phone": mask_phone(number), "seconds": seconds}
    return render(request, "borrower/me_phone_code.html", context)


def _send(request: HttpRequest, number: str, *, again: bool = False) -> None:
    try:
        perform(request.actor, actions.ask_change_phone, phone=number, asked_from=asked_from(request))  # type: ignore[attr-defined]
    except Refusal as refusal:
        if refusal.code != "code-too-soon" or again:
            raise
    kept.put(request, _ASKED, {"phone": number})


def _changed(request: HttpRequest, number: str) -> HttpResponse:
    request.session.pop(_ASKED, None)
    update_session_auth_hash(request, reads.person(request.actor))  # type: ignore[attr-defined]
    said = _("换好了。以后用 %(phone)s 登录，别的设备上要重新登录。")
    messages.success(request, said % {"phone": mask_phone(number)})
    return redirect("me")


urls = [
    path("me", me, name="me"),
    path("me/phone", phone, name="me-phone"),
    path("me/phone/code", phone_code, name="me-phone-code"),
]
