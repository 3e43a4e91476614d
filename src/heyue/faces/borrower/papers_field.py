"""Several papers with one form: judged, washed and sealed before the act, thrown away where it was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.application.proofs import (
    AT_ONCE_MAX,
    TOO_LARGE,
    TOO_MANY_AT_ONCE,
    StoredProof,
    discarded_if_refused,
    take_in,
)
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.problems import field_error
from heyue.faces.upload_limit import was_too_large


class ManyFiles(forms.FileInput):
    """A chooser that takes several files."""

    allow_multiple_selected = True


class PapersField(forms.FileField):
    """Up to five pictures or PDFs, none needed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            widget=ManyFiles({"accept": "image/*,.pdf", "multiple": True}),
            error_messages={"empty": lazy("有一个文件是空的，换一个试试")},
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files. Raises ``ValidationError`` for too many or an empty one."""
        found = [super(PapersField, self).clean(one, initial) for one in data or []]
        if len(found) > AT_ONCE_MAX:
            raise forms.ValidationError(_(TOO_MANY_AT_ONCE))
        return found


def acted(
    request: HttpRequest,
    form: forms.Form,
    kind: str,
    do: Callable[[Actor, Sequence[StoredProof]], object],
    more: Mapping[str, str] | None = None,
) -> bool:
    """Take the form's papers in and do the act with them; False with the refusal beside its field.

    ``more`` are further fields of papers, each with its kind.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    field = "papers"
    if was_too_large(request):
        form.add_error("papers", _(TOO_LARGE))
        return False
    try:
        with discarded_if_refused() as stored:
            for field, of_kind in {"papers": kind, **(more or {})}.items():
                for file in form.cleaned_data[field]:
                    stored.append(take_in(actor.me, of_kind, file.name, file.read()))
            do(actor, stored)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        if refusal.field == "file":
            form.add_error(field, _(refusal.message))
        else:
            field_error(form, refusal)
        return False
    return True
