"""The demo's business date, moved on by hand: past a deadline, to a due date, to any later day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue import clock as business_clock
from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk.page import page
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.faces.shown import day_text
from heyue.journey import perform
from heyue.journey.board import clock_targets
from heyue.journey.clock import advance

LAST_DAY = date(2100, 12, 31)


class DayForm(forms.Form):
    """The day to move to."""

    day = forms.DateField(
        label=lazy("别的日期"),
        widget=forms.DateInput({"class": "form-control", "type": "date"}, "%Y-%m-%d"),
        error_messages={"required": lazy("选一个日期"), "invalid": lazy("日期写成 2026-12-10 这样")},
    )

    def clean_day(self) -> date:
        """Refuse a day that no calendar of ours reaches."""
        day: date = self.cleaned_data["day"]
        if day > LAST_DAY:
            raise forms.ValidationError(_("太远了，选近一点的日期"))
        return day


@dataclass(frozen=True, slots=True)
class Step:
    """One button: where it leads, and why one would go there."""

    day: date
    label: str
    why: str


@staff_only(Role.REVIEWER, Role.OPERATOR)
def clock(request: HttpRequest) -> HttpResponse:
    """Show the business date and move it. There is no such page where the date is real."""
    if not settings.HEYUE_CLOCK_HELD:
        raise NotFound()
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["day"]
        if "step" in request.POST and day <= business_clock.today():
            messages.info(request, _("已经到 %(day)s 了。") % {"day": day_text(business_clock.today())})
            return redirect("desk-clock")
        try:
            moved = perform(request.actor, advance, day=day)
        except Refusal as refusal:
            field_error(form, refusal)
        else:
            messages.success(request, _("业务日期拨到 %(day)s。到期的事正在办。") % {"day": day_text(moved)})
            return redirect("desk-clock")
    return page(request, "clock.html", {"form": form, "steps": _steps(request)})


def _steps(request: HttpRequest) -> list[Step]:
    targets = clock_targets(request.actor)  # type: ignore[attr-defined]
    steps = [Step(targets.next_working_day, _("下一个工作日"), _("银行隔一个工作日才答复的，会在这天答复"))]
    if targets.after_nearest_wait:
        why = _("最近的期限是：%(what)s") % {"what": _(targets.nearest_wait)}
        steps.append(Step(targets.after_nearest_wait, _("过了最近的期限"), why))
    if targets.next_instalment:
        steps.append(Step(targets.next_instalment, _("到下一个还款日"), _("这天有一期要还，银行会报入账")))
    return steps


urls = [path("clock", clock, name="desk-clock")]
