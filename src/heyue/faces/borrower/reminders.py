"""Reminders of due days, and the calendar's own address (.ics): how, when, and when not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from heyue.engine.refusal import Refusal
from heyue.execution import calendar_feed
from heyue.execution import reminders as verbs
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.notices.choices import DAYS_BEFORE, Choice, choice, mail_address
from heyue.notices.mail import is_offered

HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]


def _days(days: int) -> Any:
    return lazy("当天") if days == 0 else lazy("前%(n)s天") % {"n": days}


class RemindersForm(forms.Form):
    """How many days before, by which means, and the hours of quiet."""

    days_before = forms.TypedMultipleChoiceField(
        label=lazy("提前几天提醒"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    in_app = forms.BooleanField(label=lazy("和约里的消息"), required=False)
    by_text = forms.BooleanField(label=lazy("短信"), required=False)
    by_mail = forms.BooleanField(label=lazy("邮件"), required=False)
    mail = forms.CharField(
        label=lazy("邮箱"),
        required=False,
        max_length=verbs.MAIL_CHARS_MAX,
        widget=forms.TextInput({"type": "email", "inputmode": "email", "autocomplete": "email"}),
    )
    quiet_from = forms.TypedChoiceField(label=lazy("从"), coerce=int, choices=HOURS)
    quiet_until = forms.TypedChoiceField(label=lazy("到"), coerce=int, choices=HOURS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days_before"].choices = [(days, _days(days)) for days in DAYS_BEFORE]
        if not is_offered():
            del self.fields["by_mail"], self.fields["mail"]

    def choice(self) -> Choice:
        """Return the choice as the verb takes it."""
        data = self.cleaned_data
        return Choice(
            days_before=tuple(data["days_before"]),
            in_app=data["in_app"],
            by_text=data["by_text"],
            by_mail=data.get("by_mail", False),
            quiet_from=data["quiet_from"],
            quiet_until=data["quiet_until"],
        )


@never_cache
@borrower_only
def reminders(request: HttpRequest) -> HttpResponse:
    """Show and change how one is reminded, and the calendar's address."""
    person_id = people.person(request.actor).pk
    if request.method == "POST":
        form = RemindersForm(request.POST)
        if form.is_valid():
            try:
                address = form.cleaned_data.get("mail", "")
                perform(request.actor, verbs.choose, made=form.choice(), address=address)
                messages.success(request, _("记住了，按你选的提醒。"))
                return redirect("reminders")
            except Refusal as refusal:
                field_error(form, refusal)
    else:
        form = RemindersForm(initial=_chosen(choice(person_id)) | {"mail": mail_address(person_id)})
    context = {"form": form, "address": calendar_feed.address(request.actor), "mail_offered": is_offered()}
    return render(request, "borrower/calendar/reminders.html", context)


@require_POST
@borrower_only
def open_feed(request: HttpRequest) -> HttpResponse:
    """Open a new calendar address in the old one's place."""
    perform(request.actor, calendar_feed.open_feed)
    messages.success(request, _("地址开好了。旧的地址已经停用。"))
    return redirect("/calendar/reminders#feed")


@require_POST
@borrower_only
def close_feed(request: HttpRequest) -> HttpResponse:
    """Close the calendar's address."""
    perform(request.actor, calendar_feed.close_feed)
    messages.success(request, _("停用了。日历软件里的订阅不再更新，要自己删掉。"))
    return redirect("/calendar/reminders#feed")


@require_safe
@never_cache
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar programme; the address is the key, no session is asked for."""
    headers = {"Content-Disposition": 'inline; filename="heyue.ics"', "Referrer-Policy": "no-referrer"}
    return HttpResponse(calendar_feed.content(token), content_type="text/calendar; charset=utf-8", headers=headers)


def _chosen(made: Choice) -> dict[str, object]:
    return {
        "days_before": list(made.days_before),
        "in_app": made.in_app,
        "by_text": made.by_text,
        "by_mail": made.by_mail,
        "quiet_from": made.quiet_from,
        "quiet_until": made.quiet_until,
    }


urls = [
    path("calendar/reminders", reminders, name="reminders"),
    path("calendar/feed/open", open_feed, name="feed-open"),
    path("calendar/feed/close", close_feed, name="feed-close"),
    path("ics/<str:token>.ics", feed, name="feed"),
]
