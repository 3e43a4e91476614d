"""What is said once for many cases: to whom they go, what the borrowers are told or asked for, what is noted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.casework import reads as casework
from heyue.casework.actions import NOTE_CHARS_MAX
from heyue.casework.message_words import PAPERS
from heyue.casework.sharing import WAYS
from heyue.engine.moves import Actor
from heyue.faces.desk.case_forms import AREA
from heyue.faces.desk.channels import CHANNELS, ChannelForm
from heyue.faces.desk.desk_form import DeskForm
from heyue.negotiation.actions import QUESTION_CHARS_MAX

SELECT = {"class": "form-select"}
SHORTER = {"max_length": lazy("写短一点，500字以内")}


def ways_to_share(actor: Actor) -> list[tuple[str, str]]:
    """Return to whom cases can be given: a way of sharing out, or one colleague with what is in hand."""
    ways = [(name, _(said)) for name, said in WAYS.items()]
    for one in casework.colleagues(actor):
        away = " · " + _("不在岗") if one.is_away else ""
        said = f"{one.person.display_name} {one.person.staff_number} · {one.open}{away}"
        ways.append((str(one.person.pk), said))
    return ways


class AssignForm(DeskForm):
    """Who handles the cases from now on."""

    to = forms.ChoiceField(
        label=lazy("分给"),
        widget=forms.Select(SELECT),
        error_messages={"required": lazy("选分给谁"), "invalid_choice": lazy("选分给谁")},
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = ways_to_share(actor)  # type: ignore[attr-defined]


class MessageForm(DeskForm):
    """Words for every chosen borrower."""

    text = forms.CharField(
        label=lazy("对持卡人说"),
        max_length=QUESTION_CHARS_MAX,
        widget=forms.Textarea({**AREA, "rows": 5}),
        error_messages={"required": lazy("写下要说的话"), **SHORTER},
    )
    wants_answer = forms.BooleanField(
        label=lazy("要持卡人回答"), required=False, widget=forms.CheckboxInput({"class": "form-check-input"})
    )


class KeptMessageForm(MessageForm):
    """Words kept under a name."""

    name = forms.CharField(
        label=lazy("模板名字"),
        max_length=30,
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": lazy("给这个模板起个名字"), "max_length": lazy("名字写短一点，30字以内")},
    )
    field_order = ("name", "text", "wants_answer")


class PaperForm(DeskForm):
    """The paper that every chosen borrower is asked for."""

    kind = forms.ChoiceField(
        label=lazy("缺哪种材料"),
        choices=lambda: [(kind, _(said)) for kind, said in PAPERS.items() if kind != "identity"],
        widget=forms.Select(SELECT),
        error_messages={"required": lazy("选一种材料"), "invalid_choice": lazy("选一种材料")},
    )
    text = forms.CharField(
        label=lazy("说明，可以不写"),
        required=False,
        max_length=400,
        widget=forms.Textarea(AREA),
        error_messages={"max_length": lazy("写短一点，400字以内")},
    )


class NoteForAllForm(DeskForm):
    """The same note on every chosen case."""

    text = forms.CharField(
        label=lazy("内部备注，持卡人看不到"),
        max_length=NOTE_CHARS_MAX,
        widget=forms.Textarea(AREA),
        error_messages={"required": lazy("写下备注"), "max_length": lazy("写短一点，1000字以内")},
    )


FORMS: dict[str, type[DeskForm]] = {
    "message": MessageForm,
    "paper": PaperForm,
    "note": NoteForAllForm,
    "channel": ChannelForm,
}


def form_for(act: str, actor: Actor, data: Any = None, initial: dict[str, Any] | None = None) -> DeskForm:
    """Return the form of an act."""
    return AssignForm(data, actor=actor, initial=initial) if act == "assign" else FORMS[act](data, initial=initial)


def said_of(act: str, values: dict[str, Any]) -> str:
    """Say in one line what a filled form will do, where the words of each case do not."""
    return _(CHANNELS[values["channel"]]) if act == "channel" else ""
