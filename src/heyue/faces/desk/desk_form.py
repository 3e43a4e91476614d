"""Forms of the desk: several stand on one page, so each names its fields' elements for itself."""

from __future__ import annotations

from typing import Any

from django import forms


class DeskForm(forms.Form):
    """A form whose elements have ids of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)
