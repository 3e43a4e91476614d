"""Form fields of sums and days, as people type them on a phone."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as lazy

from heyue.engine.money import fen, yuan

AMOUNT_CHARS_MAX = 20
AMOUNT_FEN_MAX = 10_000_000_00
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]{1,2})?")


class AmountField(forms.CharField):
    """A sum in yuan, cleaned to fen (None when left empty). Commas, spaces, ¥, 元 and full-width signs are taken."""

    def __init__(self, *, below_zero: bool = False, **kwargs: Any) -> None:
        self.below_zero = below_zero
        super().__init__(
            max_length=AMOUNT_CHARS_MAX,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"required": lazy("填金额，像 1200.50。"), "max_length": lazy("金额太长了。")},
            **kwargs,
        )

    def clean(self, value: Any) -> int | None:
        """Return fen. Raises ``ValidationError`` with what to type instead."""
        typed = super().clean(value)
        narrow = re.sub(r"[\s,¥元]", "", unicodedata.normalize("NFKC", str(typed or "")))
        if not narrow:
            return None
        if not _AMOUNT.fullmatch(narrow):
            raise ValidationError(lazy("金额写成 1200 或 1200.50。"))
        found = fen(narrow)
        if found < 0 and not self.below_zero:
            raise ValidationError(lazy("这里不填负数。"))
        if abs(found) > AMOUNT_FEN_MAX:
            raise ValidationError(lazy("金额太大了，看看是不是多打了几位。"))
        return found

    def prepare_value(self, value: Any) -> Any:
        """Show fen as yuan; what was typed stays as it was typed."""
        return yuan(value) if isinstance(value, int) else value


class DayField(forms.DateField):
    """A day, with the phone's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            error_messages={"required": lazy("选日期。"), "invalid": lazy("日期写成 2026-11-05。")},
            **kwargs,
        )

    def clean(self, value: Any) -> date | None:
        """Return the day. Raises ``ValidationError`` for one that no statement has."""
        found: date | None = super().clean(value)
        if found is not None and not 1990 <= found.year <= 2100:  # what the engine reckons with
            raise ValidationError(lazy("年份不对，看一看。"))
        return found


class MonthDayField(forms.IntegerField):
    """A day of the month, 1 to 31."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = lazy("填几号，1 到 31。")
        super().__init__(
            min_value=1,
            max_value=31,
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "maxlength": 2}),
            error_messages={"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong},
            **kwargs,
        )


class TailField(forms.RegexField):
    """The last four digits of a card; a whole card number is refused, and not kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            regex=r"^[0-9]{4}$",
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
            error_messages={
                "required": lazy("填卡号最后4位。"),
                "invalid": lazy("只填卡号最后4位数字，别填整个卡号。"),
            },
            **kwargs,
        )
