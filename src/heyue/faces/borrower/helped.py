"""帮手, the borrower's side: whom one has asked to help, for what, until when; asking and ending."""

from __future__ import annotations

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
from django.views.decorators.http import require_POST

from heyue.engine.refusal import Refusal
from heyue.faces.borrower.fields import PhoneField
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.identity import assistance
from heyue.identity.assistance import SCOPES
from heyue.journey import perform

NAME_CHARS_MAX = 30


class HelperForm(forms.Form):
    """Who is asked to help, for what, until when."""

    name = forms.CharField(
        label=lazy("帮手的名字"),
        max_length=NAME_CHARS_MAX,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": lazy("写帮手身份证上的名字")},
    )
    phone = PhoneField(label=lazy("帮手的手机号"))
    scopes = forms.MultipleChoiceField(
        label=lazy("帮手能做什么"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("选一样帮手能做的事")},
    )
    ends_on = forms.DateField(
        label=lazy("帮到哪天"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": lazy("填一个日子"), "invalid": lazy("填一个日子，例如 2026-11-26")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(name, _(said)) for name, said in SCOPES.items()]


@never_cache
@borrower_only
def helpers(request: HttpRequest) -> HttpResponse:
    """Show the helpers, and ask another one."""
    form = HelperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            perform(
                request.actor,
                assistance.invite,
                name=data["name"],
                phone=data["phone"],
                scopes=frozenset(data["scopes"]),
                ends_on=data["ends_on"],
            )
            messages.success(request, _("给帮手发短信了。他用自己的手机号登录、答应了，才算数。"))
            return redirect("helpers")
        except Refusal as refusal:
            field_error(form, refusal)
    found = [(one, [_(scope) for scope in one.scopes]) for one in assistance.own(request.actor)]
    context = {"form": form, "found": found, "last": assistance.latest_day()}
    return render(request, "borrower/helper/own.html", context)


@require_POST
@borrower_only
def end(request: HttpRequest, assistance_id: UUID) -> HttpResponse:
    """End one help at once."""
    perform(request.actor, assistance.end, assistance_id=assistance_id)
    messages.success(request, _("结束了，他现在就看不到了。"))
    return redirect("helpers")


urls = [
    path("me/helpers", helpers, name="helpers"),
    path("me/helpers/<uuid:assistance_id>/end", end, name="helper-end"),
]
