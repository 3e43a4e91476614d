"""Staff sign in with a login name and a password; each role has its own first page."""

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

from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import Refusal
from heyue.faces import kept, look
from heyue.faces.desk.page import home_of
from heyue.faces.problems import field_error
from heyue.faces.sessions import STAFF, actor_of, asked_from, safe_next, staff_only, welcome
from heyue.identity.staff import PASSWORD_CHARS_MAX, staff_sign_in
from heyue.journey import perform

LOGIN_CHARS_MAX = 80


class StaffForm(forms.Form):
    """Login name and password."""

    login = forms.CharField(
        label=lazy("账号"),
        max_length=LOGIN_CHARS_MAX,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": lazy("先填账号"), "max_length": lazy("账号太长了")},
    )
    password = forms.CharField(
        label=lazy("密码"),
        max_length=PASSWORD_CHARS_MAX,
        strip=False,
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "current-password"}),
        error_messages={"required": lazy("先填密码"), "max_length": lazy("密码太长了")},
    )


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password, and go on to where one wanted to go."""
    actor = actor_of(request)
    if actor and actor.role in STAFF:
        return redirect(safe_next(request, home_of(actor)))
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            (who,) = perform(PLATFORM, staff_sign_in, asked_from=asked_from(request), **form.cleaned_data)
        except Refusal as refusal:
            field_error(form, refusal)
        else:
            return welcome(request, who.person_id, safe_next(request, "/desk/"))
    return render(request, "desk/signin.html", {"form": form, "next": safe_next(request, "")})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the desk's session; a borrower's session in the same browser stays."""
    response = redirect("desk-signin")
    look.leave(request, response)
    logout(request)
    messages.success(request, _("你已经退出工作台。"))
    kept.forget_browser(request, response)
    return response


@staff_only()
def home(request: HttpRequest) -> HttpResponse:
    """Go to the role's first page."""
    return redirect(home_of(request.actor))


urls = [
    path("", home, name="desk"),
    path("signin", sign_in, name="desk-signin"),
    path("signout", sign_out, name="desk-signout"),
    path("size", look.choose, name="desk-look"),
]
