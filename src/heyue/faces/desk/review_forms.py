"""What a reviewer writes: the decision with words to the borrower, the reason for looking at particulars."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from heyue.engine.refusal import words
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.shown import gap
from heyue.identity.unmasking import REASON_CHARS_MAX
from heyue.review.actions import WORDS_CHARS_MAX

PHRASES = {
    "pay-slips": words("请补一份最近3个月的工资条或银行流水。"),
    "identity": words("身份证看不清，请放平、开灯，四个角都拍进来。"),
    "job": words("请补离职证明、失业登记或停业的材料。"),
    "medical": words("请补病历或医疗票据，写明日期和金额。"),
    "sums": words("收入或支出的数字和材料对不上，请核对后再交。"),
}
"""Ready phrases, by which one asks for more without typing; each is a message id."""


class DecisionForm(DeskForm):
    """One of three decisions; asking for more and rejecting need words, which the verb judges."""

    decision = forms.ChoiceField(
        choices=[("pass", ""), ("more", ""), ("reject", "")],
        error_messages={"required": lazy("选一个决定"), "invalid_choice": lazy("选一个决定")},
    )
    phrases = forms.MultipleChoiceField(
        label=lazy("常用的话"),
        required=False,
        choices=lambda: [(key, _(phrase)) for key, phrase in PHRASES.items()],
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
    )
    words = forms.CharField(
        label=lazy("给持卡人的话"),
        required=False,
        max_length=WORDS_CHARS_MAX,
        widget=forms.Textarea({"class": "form-control", "rows": 2}),
        error_messages={"max_length": lazy("留在500字以内，对方才看得完")},
    )

    def words_to_borrower(self, language: str) -> str:
        """Return the ticked phrases, in the language that the borrower reads, and what was typed."""
        with override(language or settings.LANGUAGE_CODE):
            ticked, between = [_(PHRASES[key]) for key in self.cleaned_data["phrases"]], gap()
        return between.join(said for said in (*ticked, self.cleaned_data["words"].strip()) if said)


class ReasonForm(DeskForm):
    """Why particulars have to be seen in clear."""

    reason = forms.CharField(
        label=lazy("为什么要看"),
        max_length=REASON_CHARS_MAX,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": lazy("写一句为什么要看，持卡人会看到"), "max_length": lazy("写短一点，200字以内")},
    )
