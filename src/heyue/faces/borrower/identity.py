"""Joining: the privacy notice is read once, then one says who one is."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from heyue.engine.moves import Role
from heyue.engine.refusal import Refusal
from heyue.faces.problems import field_error
from heyue.faces.sessions import account_of, actor_of, borrower_only, safe_next, to_sign_in
from heyue.identity import actions, reads
from heyue.journey import perform
from heyue.wallet import reads as wallets

NAME_CHARS_MAX = 60
ID_CHARS_MAX = 40


class NoticeForm(forms.Form):
    """The tick that confirms the notice; never made by us."""

    read = forms.BooleanField(error_messages={"required": lazy("看完以后，在这里打个勾。")})


class IdentityForm(forms.Form):
    """Name and number as on the identity card."""

    name = forms.CharField(
        label=lazy("姓名"),
        max_length=NAME_CHARS_MAX,
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": lazy("填身份证上的名字。")},
    )
    id_number = forms.CharField(
        label=lazy("身份证号"),
        max_length=ID_CHARS_MAX,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": lazy("填18位身份证号。"), "max_length": lazy("身份证号是18位。")},
    )

    def clean(self) -> dict[str, object]:
        """Judge both fields at once, so that nobody is sent back twice."""
        typed = super().clean() or {}
        for field, judge in (("name", actions.parse_name), ("id_number", actions.parse_id_number)):
            if field in typed:
                try:
                    judge(typed[field])
                except Refusal as refusal:
                    field_error(self, refusal)
        return typed


@never_cache
def privacy(request: HttpRequest) -> HttpResponse:
    """Show the privacy notice to everybody; a borrower who has not read it confirms it here."""
    actor = actor_of(request)
    borrower = actor if actor and actor.role is Role.BORROWER else None
    if request.method == "POST" and borrower is None:
        return to_sign_in(request)
    form = NoticeForm(request.POST or None)
    if request.method == "POST" and borrower and form.is_valid():
        perform(borrower, actions.read_privacy_notice)
        return redirect(safe_next(request))
    read_at = reads.person(borrower).privacy_read_at if borrower else None
    context = {"form": form, "must_read": borrower and read_at is None, "read_at": read_at, "next": safe_next(request)}
    return render(request, "borrower/privacy.html", context)


@never_cache
@borrower_only(before_identity=True)
def identity(request: HttpRequest) -> HttpResponse:
    """Take name and identity number; afterwards show them masked. A name is mended while no bank knows it."""
    if reads.next_step_of_joining(account_of(request)) == "privacy":
        return redirect("privacy")
    form = IdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            known = wallets.is_known(request.actor)
            perform(request.actor, actions.tell_identity, **form.cleaned_data, known=known)
            onward = safe_next(request)
            return redirect("banks" if onward == "/" else onward)
        except Refusal as refusal:
            field_error(form, refusal)
    person = reads.person(request.actor)
    mends = (form.is_bound or "again" in request.GET) and not wallets.is_known(request.actor)
    told = reads.masked(person) if person.id_number_hash and not mends else None
    onward = "/banks" if mends and person.id_number_hash else safe_next(request)
    return render(request, "borrower/identity.html", {"form": form, "told": told, "next": onward})


urls = [
    path("privacy", privacy, name="privacy"),
    path("identity", identity, name="identity"),
]
