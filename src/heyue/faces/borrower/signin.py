"""Signing in with a phone and a code, and signing out."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal
from heyue.faces import kept, look
from heyue.faces.borrower.fields import CodeField, PhoneField
from heyue.faces.problems import field_error, next_step, sentence
from heyue.faces.sessions import actor_of, asked_from, safe_next, welcome
from heyue.identity import actions, phone_number, reads
from heyue.identity.models import OneTimeCode
from heyue.journey import perform
from heyue.vault import mask_phone

SOMEBODY = Actor(Role.BORROWER)
"""Who acts before it is known who it is."""
_ASKED = "asked_code"


class PhoneForm(forms.Form):
    """The phone number to sign in with."""

    phone = PhoneField(label=lazy("手机号"))


class CodeForm(forms.Form):
    """The code that was sent."""

    code = CodeField(label=lazy("短信验证码"))


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone number and send a code."""
    actor = actor_of(request)
    if actor and actor.role is Role.BORROWER:
        return redirect(safe_next(request))
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _send(request, form.cleaned_data["phone"], safe_next(request))
        except Refusal as refusal:
            field_error(form, refusal)
    return render(request, "borrower/signin.html", {"form": form, "next": safe_next(request)})


@never_cache
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take the code and sign in; the first use of a phone makes the account."""
    asked = kept.look(request, _ASKED)
    if not asked:
        return redirect("signin")
    phone = asked["phone"]
    form = CodeForm(request.POST if request.method == "POST" and "again" not in request.POST else None)
    if request.method == "POST":
        try:
            if "again" in request.POST:
                return _send(request, phone, asked["next"])
            if form.is_valid():
                (who,) = perform(SOMEBODY, actions.sign_in_with_code, phone=phone, code=form.cleaned_data["code"])
                request.session.pop(_ASKED, None)
                return welcome(request, who.person_id, asked["next"])
        except Refusal as refusal:
            if form.is_bound:
                field_error(form, refusal)
            else:
                messages.warning(request, sentence(refusal) + next_step(refusal))
    context = {
        "form": form,
        "phone": mask_phone(phone),
        "seconds": reads.seconds_until_resend(OneTimeCode.Purpose.SIGN_IN, phone),
    }
    return render(request, "borrower/signin_code.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    response = redirect("signin")
    look.leave(request, response)
    logout(request)
    messages.success(request, _("你已经退出。这台手机上没有留下你的资料。"))
    kept.forget_browser(request, response)
    return response


def _send(request: HttpRequest, phone: str, onward: str) -> HttpResponse:
    phone = phone_number.parse(phone)
    try:
        perform(SOMEBODY, actions.ask_sign_in_code, phone=phone, asked_from=asked_from(request))
    except Refusal as refusal:
        # A code is on its way already, a second tap: on to where it is entered.
        if refusal.code != "code-too-soon" or "again" in request.POST:
            raise
    kept.put(request, _ASKED, {"phone": phone, "next": onward})
    return redirect("signin-code")


urls = [
    path("signin", sign_in, name="signin"),
    path("signin/code", enter_code, name="signin-code"),
    path("signout", sign_out, name="signout"),
]
