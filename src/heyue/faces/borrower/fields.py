"""Form fields that several pages share: what the phone's keyboard shows, and what may be typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

PHONE_CHARS_MAX = 30
CODE_CHARS_MAX = 16


class PhoneField(forms.CharField):
    """A mobile number; ``identity.phone_number`` judges its shape."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}
        super().__init__(
            max_length=PHONE_CHARS_MAX,
            widget=forms.TextInput(attrs),
            error_messages={
                "required": lazy("先填手机号。"),
                "max_length": lazy("手机号是11位数字，1 开头。看看是不是多了或少了一位。"),
            },
            **kwargs,
        )


class CodeField(forms.CharField):
    """A six-digit code, which the phone offers from the message."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        super().__init__(
            max_length=CODE_CHARS_MAX,
            widget=forms.TextInput(attrs),
            error_messages={"required": lazy("填短信里的6位数字。"), "max_length": lazy("验证码是6位数字。")},
            **kwargs,
        )
