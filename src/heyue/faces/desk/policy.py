"""The bank's policy: what stands, the change in the making and what it would do, four eyes, and what stood before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.banks import policies as bank_policies
from heyue.banks.limits import Limits
from heyue.banks.models import BankPolicy
from heyue.casework import policy_acts
from heyue.casework import reads as casework
from heyue.casework.menu_words import MenuRefused, judged_menu
from heyue.casework.policy_preview import Tried, try_on_past_cases
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal
from heyue.faces.desk.case_beside import limits_said
from heyue.faces.desk.page import GONE_ON, act, gone_on, page, posted, taken
from heyue.faces.desk.policy_form import AT_FIELD, PolicyForm, percents, typed_policy
from heyue.faces.sessions import staff_only
from heyue.journey import perform
from heyue.negotiation.drafting import METHODS

HERE = "/desk/policy"
officer_only = staff_only(Role.OFFICER)


@dataclass(frozen=True, slots=True)
class Version:
    """One policy in words: its days, and whether it stands today."""

    row: BankPolicy
    said: str
    limits: str
    stands: bool


@officer_only
def policy(request: HttpRequest) -> HttpResponse:
    """Show the policy with the change in the making; a post tries a change out or keeps it."""
    if request.method != "POST":
        return _show(request)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    menu, limits = form.menu(_standing_menu(request.actor)), form.limits()
    told = form.cleaned_data
    try:
        if "keep" not in request.POST:
            judged_menu(menu, told["effective_from"])
            return _show(request, form, try_on_past_cases(request.actor, menu, limits))
        values = {"effective_from": told["effective_from"], "reason": told["reason"]}
        perform(request.actor, policy_acts.write_policy, menu=menu, limits=limits, **values)
    except Refusal as refusal:
        if refusal.status == GONE_ON:
            return gone_on(request, refusal, HERE)
        _tell_at_fields(form, refusal)
        return _show(request, form)
    return taken(request, _("草稿存下了。看过试算，再送同事复核。"), HERE, f"{HERE}#policy")


def _tell_at_fields(form: PolicyForm, refusal: Refusal) -> None:
    """Put all that is wrong with the menu, or the one thing that is refused, at the fields where it is typed."""
    article = _("（%(article)s）") % {"article": refusal.article} if refusal.article else ""
    wrong = refusal.wrong if isinstance(refusal, MenuRefused) else ((refusal.field, refusal.message, refusal.params),)
    for member, message, params in wrong:
        field = AT_FIELD.get(member, member)
        said = _(message) % params if params else _(message)
        form.add_error(field if field in form.fields else None, said + article)


def _show(request: HttpRequest, form: PolicyForm | None = None, tried: Tried | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    draft = casework.policy_in_the_making(actor)
    versions = _versions(actor)
    if form is None:
        form = PolicyForm(initial=_typed(actor, draft))
        if draft:
            tried = try_on_past_cases(actor, draft.menu, Limits.model_validate(draft.limits))
    context: dict[str, Any] = {
        "form": form,
        "tried": tried,
        "draft": draft,
        "draft_said": _said(draft.menu) if draft else "",
        "draft_limits": limits_said(Limits.model_validate(draft.limits)) if draft else "",
        "writing": draft is not None and casework.is_being_written(draft),
        "awaits": draft is not None and casework.policy_awaits(draft),
        "mine": draft is not None and draft.author_id == actor.person_id,
        "versions": versions,
        "stands": next((one for one in versions if one.stands), None),
        "changes": casework.policy_drafts(actor)[:20],
    }
    return page(request, "policy.html", context)


def _typed(actor: Actor, draft: Any) -> dict[str, object]:
    if draft:
        known = typed_policy(draft.menu, Limits.model_validate(draft.limits))
        return {**known, "effective_from": draft.effective_from, "reason": draft.reason}
    standing = _standing(actor)
    return typed_policy(standing.menu, Limits.model_validate(standing.limits)) if standing else {}


def _standing(actor: Actor) -> BankPolicy | None:
    return next((one.row for one in _versions(actor) if one.stands), None)


def _standing_menu(actor: Actor) -> dict[str, Any]:
    standing = _standing(actor)
    return standing.menu if standing else {}


def _versions(actor: Actor) -> list[Version]:
    """Return every policy of the officer's bank, the latest first; the first that has begun and not ended stands."""
    rows, today, found = bank_policies.history(actor.bank_id) if actor.bank_id else [], clock.today(), []
    seen = False
    for row in rows:
        in_days = row.effective_from <= today and (row.effective_to is None or today <= row.effective_to)
        found.append(
            Version(row, _said(row.menu), limits_said(Limits.model_validate(row.limits)), in_days and not seen)
        )
        seen = seen or in_days
    return found


def _said(menu: dict[str, Any]) -> str:
    """Say a menu in one line."""
    rate = menu.get("monthly_rate") or menu.get("annual_rate") or "0"
    by = _("年") if "annual_rate" in menu else _("月")
    parts = [
        _("%(periods)s期") % {"periods": "/".join(str(n) for n in menu.get("periods", []))},
        _(METHODS.get(menu.get("method", ""), "")) if menu.get("method") in METHODS else "",
        _("%(by)s费率 %(rate)s%%") % {"by": by, "rate": percents([rate])},
        _("首付 %(list)s%%") % {"list": percents(menu.get("down_payment_ratios", ["0"]))},
        _("减免 %(list)s%%") % {"list": percents(menu.get("waiver_ratios", ["0"]))},
    ]
    return _("，").join(part for part in parts if part)


def _decide(request: HttpRequest, draft_id: UUID, do: Callable[..., object], done: str, **values: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    casework.policy_draft(actor, draft_id)
    return act(request, HERE, lambda: perform(actor, do, draft_id=draft_id, **values), done)


@officer_only
@posted(HERE)
def send(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Put the change before a second officer."""
    return _decide(request, draft_id, policy_acts.send_policy, _("送去复核了，等另一位同事决定。"))


@officer_only
@posted(HERE)
def approve(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Approve another officer's change."""
    return _decide(request, draft_id, policy_acts.approve_policy, _("同意了，到生效日自动换上。"))


@officer_only
@posted(HERE)
def give_back(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the change back to its author, with words."""
    text = request.POST.get("text", "")
    return _decide(request, draft_id, policy_acts.return_policy, _("退回给经办的同事了。"), text=text)


@officer_only
@posted(HERE)
def drop(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give the change up."""
    return _decide(request, draft_id, policy_acts.drop_policy, _("这次修改不要了。"))


urls = [
    path("policy", policy, name="desk-policy"),
    path("policy/<uuid:draft_id>/send", send),
    path("policy/<uuid:draft_id>/approve", approve),
    path("policy/<uuid:draft_id>/return", give_back),
    path("policy/<uuid:draft_id>/drop", drop),
]
