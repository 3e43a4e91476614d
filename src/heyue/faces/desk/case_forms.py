"""What an officer fills in on a case, apart from the offer itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.engine.refusal import words
from heyue.faces.desk.desk_form import DeskForm
from heyue.negotiation.actions import QUESTION_CHARS_MAX

GROUNDS = {
    "policy": words("不在我行政策内"),
    "not-eligible": words("不符合个性化分期的条件"),
    "no-contact": words("多次联系不上本人"),
    "false-statement": words("填报和事实不符"),
}
"""Grounds of a refusal as the gateway protocol names them; each is a message id."""
DATE = {"class": "form-control", "type": "date"}
AREA = {"class": "form-control", "rows": 2}
WRITE_DAY = {"required": lazy("写明日期"), "invalid": lazy("日期写成 2026-12-10 这样")}


class StandstillForm(DeskForm):
    """Whether collection pauses meanwhile: until when, or why not."""

    answer = forms.ChoiceField(
        label=lazy("暂停催收"), choices=[("grant", ""), ("refuse", "")], error_messages={"required": lazy("选一个")}
    )
    until = forms.DateField(
        label=lazy("暂停到"), required=False, widget=forms.DateInput(DATE, "%Y-%m-%d"), error_messages=WRITE_DAY
    )
    reason = forms.CharField(
        label=lazy("不同意的原因"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"max_length": lazy("写短一点，200字以内")},
    )

    def clean(self) -> None:
        """A pause has its last day, a refusal its reason (as the gateway protocol has it)."""
        told = self.cleaned_data
        if told.get("answer") == "grant" and not told.get("until") and "until" not in self.errors:
            self.add_error("until", _("写明暂停到哪一天"))
        if told.get("answer") == "refuse" and not (told.get("reason") or "").strip():
            self.add_error("reason", _("写明为什么不同意，持卡人会看到"))


class AskForm(DeskForm):
    """A question to the borrower; ``token`` makes a second tap the same question."""

    text = forms.CharField(
        label=lazy("问持卡人"),
        max_length=QUESTION_CHARS_MAX,
        widget=forms.Textarea(AREA),
        error_messages={"required": lazy("写下要问的话"), "max_length": lazy("写短一点，500字以内")},
    )
    token = forms.UUIDField(widget=forms.HiddenInput)


class SayForm(AskForm):
    """A question to the borrower, or words that ask nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("对持卡人说")


class AcceptForm(DeskForm):
    """Until when the bank stands by what it accepts."""

    valid_until = forms.DateField(
        label=lazy("签字期限"), widget=forms.DateInput(DATE, "%Y-%m-%d"), error_messages=WRITE_DAY
    )


class CounterRefusalForm(DeskForm):
    """Why the counter-offer is not accepted."""

    text = forms.CharField(
        label=lazy("不接受的原因"),
        max_length=500,
        widget=forms.Textarea(AREA),
        error_messages={"required": lazy("写清楚为什么，持卡人会看到"), "max_length": lazy("写短一点，500字以内")},
    )


class RefusalForm(DeskForm):
    """A refusal: its ground, words that the borrower reads, and the rule behind it."""

    ground = forms.ChoiceField(
        label=lazy("理由"),
        choices=lambda: [(key, _(said)) for key, said in GROUNDS.items()],
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": lazy("选一个理由"), "invalid_choice": lazy("选一个理由")},
    )
    text = forms.CharField(
        label=lazy("说明，持卡人会看到"),
        max_length=500,
        widget=forms.Textarea(AREA),
        error_messages={
            "required": lazy("写清楚为什么不同意，对方要看得懂"),
            "max_length": lazy("写短一点，500字以内"),
        },
    )
    rule = forms.CharField(
        label=lazy("依据的规定"),
        max_length=200,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": lazy("写明依据哪条规定"), "max_length": lazy("写短一点，200字以内")},
    )
