"""The one raised thing of a screen: what the journey says is to be done now, and the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from heyue import journey
from heyue.engine.moves import Actor
from heyue.journey import Kind

PLACES: dict[Kind, str] = {
    Kind.LATE: "/plan/{id}",
    Kind.PAY: "/plan/{id}",
    Kind.SIGN: "/agreement/{id}",
    Kind.OFFER: "/n/{id}/offer",
    Kind.CALL: "/n/{id}/call",
    Kind.QUESTION: "/progress/{id}",
    Kind.DISPUTE: "/disputes/{id}",
    Kind.WAIT: "/progress/{id}",
    Kind.SUPPLY: "/apply",
    Kind.GO_ON: "/apply",
    Kind.AGAIN: "/apply",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What is raised: the finding, the reason, the button, its page, the last day."""

    heading: str
    why: str
    label: str
    address: str
    due_on: date | None = None


def raised(actor: Actor, under_way: journey.Outline, owing_banks: frozenset[UUID], *, has_cards: bool) -> Act:
    """Return what this borrower should do now; ``owing_banks`` are the banks with which something is owed."""
    said = journey.next_act(actor, under_way)
    if said is not None:
        address = PLACES[said.kind].format(id=said.subject_id)
        return Act(said.heading, said.why, said.label, address, said.due_on)
    if not owing_banks and has_cards:
        return Act(
            _("现在没有欠款"),
            _("卡上有了欠款，这里会算清。还过的每一笔都留着。"),
            _("看还款日历"),
            "/calendar",
        )
    if not owing_banks:
        return Act(
            _("先把卡加进来"),
            _("同意哪家银行，我们就去问哪家。卡和账单它自己会报来，不用你抄。"),
            _("添加银行卡"),
            "/banks",
        )
    if owing_banks <= journey.busy_banks(actor, under_way):
        return Act(
            _("每家都谈好了，按月还就行"),
            _("还款日前会提醒你。这个月可能还不上？越早说，越有办法。"),
            _("看还款日历"),
            "/calendar",
        )
    return Act(
        _("算一个你还得起的月供，和银行谈"),
        _("填一次收入和支出，一起发给所有银行。不收一分钱。"),
        _("去协商"),
        "/apply",
    )
