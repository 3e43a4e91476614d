"""The builder of an offer: what an officer types, read into a draft that the stage judges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.documents.figures import agreed_percent
from heyue.engine.bad_input import plain
from heyue.engine.money import fen, yuan
from heyue.faces.desk.desk_form import DeskForm
from heyue.negotiation.drafting import INTEREST_FREE, METHODS, Draft

PERCENT = 100
PERIODS_MAX = 999
RATE_PERCENT_PLACES = 10
CHARS_MAX = 20
TOO_LONG = {"max_length": lazy("数字太长了，看看是不是多打了")}
NUMBER = {"class": "form-control num", "inputmode": "decimal", "autocomplete": "off"}
DATE = {"class": "form-control", "type": "date"}
RATE_LABELS = {"monthly_rate": lazy("月费率 %"), "annual_rate": lazy("年利率 %")}
AT_FIELD = {
    "periods": "periods",
    "down_payment": "down_payment",
    "principal": "waived",
    "waived": "waived",
    "monthly_rate": "rate",
    "annual_rate": "rate",
    "due_day": "due_day",
    "first_due": "due_day",
    "valid_until": "valid_until",
    "interest_after": "interest_after",
}
"""Where a term that the stage refuses is typed on this page."""


class YuanField(forms.CharField):
    """A sum in yuan, read as fen; commas, spaces and a leading ¥ are forgiven."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=CHARS_MAX, required=False, widget=forms.TextInput(NUMBER), error_messages=TOO_LONG, **kwargs
        )

    def clean(self, value: Any) -> int:
        """Return fen."""
        typed = super().clean(value).replace(",", "").replace("，", "").replace(" ", "").lstrip("¥￥")
        try:
            found = fen(typed or "0")
        except ValueError:
            raise forms.ValidationError(_("填数字，最多两位小数，例如 1200.50")) from None
        if found < 0:
            raise forms.ValidationError(_("填 0 或更大的数"))
        return found


class PercentField(forms.CharField):
    """A percentage, read exactly as a ratio (0.20 → 1/500)."""

    def clean(self, value: Any) -> Fraction:
        """Return the ratio."""
        typed = super().clean(value).replace("%", "").replace(" ", "")
        whole, _dot, places = typed.partition(".")
        if not whole.isdecimal() or (places and not places.isdecimal()) or len(places) > RATE_PERCENT_PLACES:
            raise forms.ValidationError(_("填百分数，例如 0.20"))
        ratio = Fraction(f"{whole}.{places or 0}") / PERCENT
        if ratio > 1:
            raise forms.ValidationError(_("费率不会超过 100%，看看小数点"))
        return ratio


class OfferForm(DeskForm):
    """Terms of an offer. ``previewed`` is the hash that the officer has seen."""

    periods = forms.IntegerField(
        label=lazy("期数"),
        min_value=1,
        max_value=PERIODS_MAX,
        widget=forms.TextInput({**NUMBER, "inputmode": "numeric"}),
        error_messages={
            "required": lazy("填期数"),
            "invalid": lazy("填整数，例如 36"),
            "min_value": lazy("至少1期"),
            "max_value": lazy("期数太多了"),
        },
    )
    down_payment = YuanField(label=lazy("首付 ¥"))
    method = forms.ChoiceField(
        label=lazy("算法"),
        choices=lambda: [(key, _(name)) for key, name in METHODS.items()],
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选一个算法"), "invalid_choice": lazy("选一个算法")},
    )
    rate = PercentField(
        label=lazy("月费率 %"),
        max_length=CHARS_MAX,
        widget=forms.TextInput(NUMBER),
        error_messages={"required": lazy("填费率，免息填 0"), **TOO_LONG},
    )
    due_day = forms.IntegerField(
        label=lazy("每月还款日"),
        min_value=1,
        max_value=31,
        widget=forms.TextInput({**NUMBER, "inputmode": "numeric"}),
        error_messages={
            "required": lazy("填每月几号还"),
            "invalid": lazy("填 1 到 31"),
            "min_value": lazy("填 1 到 31"),
            "max_value": lazy("填 1 到 31"),
        },
    )
    waived = YuanField(label=lazy("减免 ¥"))
    interest_after = forms.ChoiceField(
        label=lazy("基准日后的利息"),
        choices=lambda: [("waived", _("停收")), ("added", _("照收"))],
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选一个"), "invalid_choice": lazy("选一个")},
    )
    valid_until = forms.DateField(
        label=lazy("保留到"),
        widget=forms.DateInput(DATE, "%Y-%m-%d"),
        error_messages={"required": lazy("写明这个条件保留到哪天"), "invalid": lazy("日期写成 2026-12-10 这样")},
    )
    note = forms.CharField(
        label=lazy("附一句话"),
        required=False,
        max_length=500,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"max_length": lazy("写短一点，500字以内")},
    )
    rate_name = forms.ChoiceField(choices=[("monthly_rate", ""), ("annual_rate", "")], widget=forms.HiddenInput)
    previewed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate"].label = RATE_LABELS.get(str(self["rate_name"].value()), RATE_LABELS["monthly_rate"])

    def draft(self) -> Draft:
        """Return what was typed."""
        told = self.cleaned_data
        free = told["method"] == INTEREST_FREE
        return Draft(
            periods=told["periods"],
            down_payment_fen=told["down_payment"],
            method=told["method"],
            rate=Fraction(0) if free else told["rate"],
            rate_name=told["rate_name"],
            due_day=told["due_day"],
            waived_fen=told["waived"],
            interest_after=told["interest_after"],
            valid_until=told["valid_until"],
            note=told["note"],
        )


def typed_as(draft: Draft) -> dict[str, object]:
    """Return a draft as the form shows it."""
    return {
        "periods": draft.periods,
        "down_payment": yuan(draft.down_payment_fen),
        "method": draft.method,
        "rate": agreed_percent(plain(draft.rate)).removesuffix("%"),
        "rate_name": draft.rate_name,
        "due_day": draft.due_day,
        "waived": yuan(draft.waived_fen),
        "interest_after": draft.interest_after,
        "valid_until": draft.valid_until,
        "note": draft.note,
    }
