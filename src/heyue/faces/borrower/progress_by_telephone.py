"""The story of a bank that is reached by telephone alone: what it said, by the borrower's word, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from heyue.faces.borrower.progress_parts import Link, Step, Told
from heyue.faces.borrower.ways import after_refusal
from heyue.journey.matters import Matter
from heyue.negotiation.telephone import REFUSED


def by_telephone(m: Matter) -> str:
    """Say of a bank that is reached by telephone alone that nothing gets there by itself; "" of the others."""
    if not m.dispatch.is_by_telephone:
        return ""
    return _(
        "它没有接进来，申请不会自己送到。打给它，照着说，问清交到哪里；它说收到了，记下工号，答复的日子就从那天算。"
    )


def reached(m: Matter) -> dict[str, Any]:
    """What the borrower may do where the telephone is the only way: call, and end it."""
    if not m.dispatch.is_by_telephone:
        return {}
    return {"act": Link(_("打电话，照着说"), f"/n/{m.id}/call"), "links": end_link(m)}


def told_by_telephone(m: Matter, told: str) -> Told:
    """Tell the answer that was given on the telephone: known by the borrower's word, in writing nowhere."""
    on = m.talk.told_on if m.talk else None
    refused = told == REFUSED
    step = Step(
        _("它在电话里说不同意") if refused else _("它在电话里提了条件"),
        on,
        _("这是你记下的，它没有书面答复。可以再打一次，请它写明理由。")
        if refused
        else _("这是你记下的，还没有书面。请它写下来发给你，算清楚付得起，再答应。"),
        mark="here",
    )
    return Told(
        _("电话里不同意") if refused else _("电话里提了条件"),
        _("%(bank)s在电话里说不同意") if refused else _("%(bank)s在电话里提了条件"),
        badge=_("你记的，没有书面"),
        steps=(step,),
        act=Link(_("打电话，照着说"), f"/n/{m.id}/call"),
        links=end_link(m),
        ways=after_refusal(m.bank) if refused else (),
        ways_heading=_("还可以这样做"),
        ways_open=refused,
        urgency=2,
    )


def end_link(m: Matter) -> tuple[Link, ...]:
    """Lead to where this one bank is given up."""
    return (Link(_("不和它谈了"), f"/n/{m.id}/end"),)
