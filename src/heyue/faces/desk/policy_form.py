"""A bank's policy as a form: percentages and yuan as officers write them, read into the engine's menu and limits."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.banks.limits import Limits
from heyue.engine.bad_input import plain
from heyue.engine.money import fen, yuan
from heyue.faces.desk.case_forms import AREA
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.offer_form import CHARS_MAX, DATE, NUMBER, TOO_LONG, PercentField, YuanField
from heyue.negotiation.drafting import INTEREST_FREE, METHODS

PERCENT = 100
LIST_CHARS_MAX = 200
AT_FIELD = {
    "monthly_rate": "rate",
    "annual_rate": "rate",
    "down_payment_ratios": "downs",
    "waiver_ratios": "waivers",
    "minimum_instalment": "minimum",
    "usual": "periods",
}
"""Where a member of the engine's menu is typed on this page, where it is not called so."""


class OptionalYuan(YuanField):
    """A sum in yuan that may be left empty: no limit."""

    def clean(self, value: Any) -> Any:
        """Return fen, None where nothing was typed."""
        return super().clean(value) if str(value or "").strip() else None


class PercentList(forms.CharField):
    """Percentages with commas between, read as the decimal strings of ratios (5 is 0.05)."""

    def clean(self, value: Any) -> list[str]:
        """Return the ratios."""
        parts = [part for part in re.split(r"[,，、\s]+", super().clean(value).replace("%", "")) if part]
        if any(not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", part) for part in parts):
            raise forms.ValidationError(_("填百分数，用逗号隔开，例如 0, 5, 10"))
        return [plain(Fraction(part) / PERCENT) for part in parts] or ["0"]


class WholeList(forms.CharField):
    """Whole numbers with commas between."""

    def clean(self, value: Any) -> list[int]:
        """Return the numbers, each once, in order."""
        parts = [part for part in re.split(r"[,，、\s]+", super().clean(value)) if part]
        if not parts or any(not re.fullmatch(r"\d{1,4}", part) for part in parts):
            raise forms.ValidationError(_("填期数，用逗号隔开，例如 12, 24, 36"))
        return sorted({int(part) for part in parts})


def _text(label: Any, field: type[forms.CharField] = forms.CharField, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput({**NUMBER, "inputmode": "text"})
    errors = {"required": lazy("这一项要填"), **TOO_LONG}
    return field(label=label, max_length=LIST_CHARS_MAX, widget=widget, error_messages=errors, **kwargs)


class PolicyForm(DeskForm):
    """What a bank grants, how much one officer decides alone, from which day on, and why it changes."""

    method = forms.ChoiceField(
        label=lazy("算法"),
        choices=lambda: [(key, _(name)) for key, name in METHODS.items()],
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选一种算法"), "invalid_choice": lazy("选一种算法")},
    )
    rate_name = forms.ChoiceField(
        label=lazy("费率按"),
        choices=lambda: [("monthly_rate", _("月")), ("annual_rate", _("年"))],
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选按月还是按年"), "invalid_choice": lazy("选按月还是按年")},
    )
    rate = PercentField(
        label=lazy("费率 %"),
        max_length=CHARS_MAX,
        widget=forms.TextInput(NUMBER),
        error_messages={"required": lazy("填费率，免息填 0"), **TOO_LONG},
    )
    periods = _text(lazy("期数，逗号隔开"), WholeList)
    downs = _text(lazy("首付 %，逗号隔开"), PercentList, required=False)
    waivers = _text(lazy("可减免部分里减 %，逗号隔开"), PercentList, required=False)
    minimum = YuanField(label=lazy("每期最少 ¥"))
    due_day = forms.IntegerField(
        label=lazy("每月还款日，空着按申请日"),
        required=False,
        min_value=1,
        max_value=31,
        widget=forms.TextInput({**NUMBER, "inputmode": "numeric"}),
        error_messages={
            "invalid": lazy("填 1 到 31"),
            "min_value": lazy("填 1 到 31"),
            "max_value": lazy("填 1 到 31"),
        },
    )
    alone_balance = OptionalYuan(label=lazy("一人可定：欠款不超过 ¥，空着不限"))
    alone_waived = OptionalYuan(label=lazy("一人可定：减免不超过 ¥，空着不限"))
    alone_periods = forms.IntegerField(
        label=lazy("一人可定：期数不超过，空着不限"),
        required=False,
        min_value=0,
        max_value=999,
        widget=forms.TextInput({**NUMBER, "inputmode": "numeric"}),
        error_messages={
            "invalid": lazy("填整数，例如 36"),
            "min_value": lazy("填整数，例如 36"),
            "max_value": lazy("期数太多了"),
        },
    )
    effective_from = forms.DateField(
        label=lazy("从哪天生效"),
        widget=forms.DateInput(DATE, "%Y-%m-%d"),
        error_messages={"required": lazy("写明日期"), "invalid": lazy("日期写成 2026-12-10 这样")},
    )
    reason = forms.CharField(
        label=lazy("为什么改"),
        max_length=200,
        widget=forms.Textarea(AREA),
        error_messages={
            "required": lazy("写明为什么改，复核的同事要看"),
            "max_length": lazy("写短一点，200字以内"),
        },
    )

    def menu(self, standing: dict[str, Any]) -> dict[str, Any]:
        """Return the menu; the usual terms of what stands are kept while their number of instalments still is."""
        told = self.cleaned_data
        found: dict[str, Any] = {
            "method": told["method"],
            "periods": told["periods"],
            "down_payment_ratios": told["downs"],
            "waiver_ratios": told["waivers"],
            "minimum_instalment": yuan(told["minimum"]),
        }
        if told["method"] != INTEREST_FREE:
            found[told["rate_name"]] = plain(told["rate"])
        if told["due_day"]:
            found["due_day"] = told["due_day"]
        usual = standing.get("usual")
        if usual and usual.get("periods") in told["periods"]:
            found["usual"] = usual
        return found

    def limits(self) -> Limits:
        """Return how much one officer decides alone."""
        told = self.cleaned_data
        return Limits(
            balance_fen_max=told["alone_balance"],
            waived_fen_max=told["alone_waived"],
            periods_max=told["alone_periods"],
        )


def typed_policy(menu: dict[str, Any], limits: Limits) -> dict[str, object]:
    """Return a policy as the form shows it."""
    rate_name = "annual_rate" if "annual_rate" in menu else "monthly_rate"
    return {
        "method": menu.get("method", ""),
        "rate_name": rate_name,
        "rate": percents([menu.get(rate_name, "0")]),
        "periods": ", ".join(str(n) for n in menu.get("periods", [])),
        "downs": percents(menu.get("down_payment_ratios", ["0"])),
        "waivers": percents(menu.get("waiver_ratios", ["0"])),
        "minimum": yuan(fen(menu.get("minimum_instalment", "0.00"))),
        "due_day": menu.get("due_day", ""),
        "alone_balance": _sum(limits.balance_fen_max),
        "alone_waived": _sum(limits.waived_fen_max),
        "alone_periods": "" if limits.periods_max is None else limits.periods_max,
    }


def percents(ratios: list[str]) -> str:
    """Return ratios as percentages with commas between."""
    return ", ".join(plain(Fraction(one) * PERCENT) for one in ratios)


def _sum(sum_fen: int | None) -> str:
    return "" if sum_fen is None else yuan(sum_fen)
