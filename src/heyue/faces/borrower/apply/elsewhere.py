"""Two tabs, two phones: what was saved elsewhere meanwhile beside what is typed here, so that neither is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from heyue.application.answers import EXPENSE_KINDS, HARDSHIP_KINDS, INCOME_KINDS, FieldErrors, clean
from heyue.application.plan import PLAN_WORDS
from heyue.engine.money import fen
from heyue.engine.moves import Actor
from heyue.faces.borrower.apply.amounts import KEPT_BACK
from heyue.faces.shown import yuan_text
from heyue.wallet import reads as wallets

LISTS = ("ids",)


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that differs: its name, what was saved elsewhere, what is typed here; empty where nothing is."""

    label: str
    there: str
    here: str


def differences(actor: Actor, step: str, there: Mapping[str, Any], typed: QueryDict) -> tuple[Difference, ...]:
    """Return what differs between the kept part and what is typed."""
    kept = _lines(actor, step, there)
    try:
        mine = _lines(actor, step, clean(step, values_of(typed)))
    except FieldErrors:
        # What is typed cannot be kept as it is; it stands in the form, with what is wrong beside it.
        return tuple(Difference(label, value, "") for label, value in kept.items())
    labels = list(dict.fromkeys([*kept, *mine]))
    pairs = [(label, kept.get(label, ""), mine.get(label, "")) for label in labels]
    return tuple(Difference(label, old, new) for label, old, new in pairs if old != new)


def values_of(typed: QueryDict) -> dict[str, Any]:
    """Return a form's fields as ``answers.clean`` takes them: strings, and lists where a list is meant."""
    return {name: typed.getlist(name) if name in LISTS else typed.get(name, "") for name in typed}


def _lines(actor: Actor, step: str, part: Mapping[str, Any]) -> dict[str, str]:
    match step:
        case "cards":
            return {_("选的卡"): _cards(actor, part.get("ids", []))}
        case "income":
            return _sums(INCOME_KINDS, part)
        case "expenses":
            kept = {_(label): yuan_text(fen(part.get(name, "0"))) for name, label in KEPT_BACK.items()}
            return {**_sums(EXPENSE_KINDS, part), _("要你养活几个人"): str(part.get("dependants", "")), **kept}
        case "hardship":
            return {_("原因"): _(HARDSHIP_KINDS.get(part.get("kind", ""), "")), _("经过"): str(part.get("story", ""))}
        case "wish":
            monthly = part.get("monthly")
            return {
                _("期数"): str(part.get("periods", "")),
                _("每月一共"): yuan_text(fen(monthly)) if monthly else "",
            }
        case "plan":
            periods = "、".join(str(count) for _bank, count in sorted(part.get("periods", {}).items()))
            return {_("方案"): " ".join([_(PLAN_WORDS.get(part.get("name", ""), "")), periods]).strip()}
    return {}


def _sums(kinds: Mapping[str, str], part: Mapping[str, Any]) -> dict[str, str]:
    return {_(kinds[item["kind"]]): yuan_text(fen(item["monthly"])) for item in part.get("items", [])}


def _cards(actor: Actor, ids: list[str]) -> str:
    known = {str(card.pk): card for card in wallets.cards(actor)}
    return "、".join(f"{known[i].product} {known[i].last4}" for i in ids if i in known)
