"""One act on many cases (批量办理): begun once, then done on each case for itself.

Each case has its own transaction, permission and leaf: one that cannot be done stops none, and says why. The form's id
is the run's, so that a form sent twice is one run, and a case that was done is never done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import rfc8785

from heyue import clock
from heyue.acts import current, verb
from heyue.casework import actions
from heyue.casework.message_words import PAPERS, asking_for, filled, must_be_fillable
from heyue.casework.models import BulkItem, BulkRun
from heyue.casework.sharing import WAYS, colleague, hand_to, share_out
from heyue.dispatch import channels
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity.reads import shown_as
from heyue.negotiation import actions as negotiation
from heyue.negotiation.models import Negotiation, Question
from heyue.vault import keyed_hash, keyring

CASES_MAX = 100
ACTS = {
    "assign": words("分案"),
    "message": words("发消息"),
    "paper": words("请补同一份材料"),
    "note": words("写内部备注"),
    "channel": words("换渠道"),
}
"""What can be done on many cases; each is a message id."""
BY = {act: (Role.REVIEWER, Role.OPERATOR) if act == "channel" else (Role.OFFICER,) for act in ACTS}
"""Who may: a bank's officers their own work, the platform's desk the channel."""
Values = dict[str, Any]
Chosen = TypeVar("Chosen", UUID, str)


@verb
def begin_run(run_id: UUID, act: str, values: Values, case_ids: Sequence[UUID]) -> None:
    """Begin an act on these cases, once. Raises ``Refusal``: ``none-chosen``, ``too-many``, ``form-used``.

    A case that the actor cannot see is none: ``NotFound``, and nothing is begun.
    """
    actor = current().actor
    if act not in ACTS:
        raise NotFound()
    if actor.role not in BY[act] or actor.person_id is None:
        raise NotPermitted()
    chosen = must_be_some(case_ids)
    _must_make_sense(act, values)
    said = rfc8785.dumps({"act": act, "values": values, "cases": sorted(map(str, chosen))})
    digest = keyed_hash(said.decode(), "bulk-form")
    known = BulkRun.objects.filter(pk=run_id, person_id=actor.person_id)
    if not known.exists() and dispatches.visible(actor).filter(pk__in=chosen).count() != len(chosen):
        raise NotFound()
    defaults = {
        "person_id": actor.person_id,
        "bank_id": actor.bank_id,
        "act": act,
        "sealed_values": keyring(actor.person_id).seal_json(values, "bulk-values"),
        "digest": digest,
        "begun_at": clock.now(),
    }
    run, is_new = BulkRun.objects.get_or_create(pk=run_id, defaults=defaults)
    if run.person_id != actor.person_id or run.digest != digest:
        raise Refusal("form-used", words("这张表已经用过了。回到列表重新选。"))
    if is_new:
        BulkItem.objects.bulk_create(BulkItem(run=run, dispatch_id=case_id) for case_id in chosen)
        facts: dict[str, object] = {"act": act, "cases": len(chosen)}
        append("bulk.begun", Subject("bulk", run.pk, bank_id=actor.bank_id), actor, facts)


@verb
def do(item_id: UUID) -> None:
    """Do the run's act on one of its cases; one that was done or refused stays as it is."""
    item = _locked(item_id)
    if item.fate != BulkItem.Fate.WAITING:
        return
    told = keyring(item.run.person_id).open_json(item.run.sealed_values, "bulk-values")
    changed = _DO[item.run.act](item, told)
    item.fate = BulkItem.Fate.DONE if changed else BulkItem.Fate.UNCHANGED
    item.save(update_fields=["fate"])


@verb
def keep_refusal(item_id: UUID, refusal: Refusal) -> None:
    """Keep why the act could not be done on one case."""
    item = _locked(item_id)
    if item.fate == BulkItem.Fate.WAITING:
        item.fate, item.message = BulkItem.Fate.REFUSED, refusal.message
        item.params = {name: str(value) for name, value in refusal.params.items()}
        item.save(update_fields=["fate", "message", "params"])


def must_be_some(case_ids: Sequence[Chosen]) -> list[Chosen]:
    """Return each chosen case once. Raises ``Refusal`` for none and for too many."""
    chosen = list(dict.fromkeys(case_ids))
    if not chosen:
        raise Refusal("none-chosen", words("先选中案件。"))
    if len(chosen) > CASES_MAX:
        raise Refusal("too-many", words("一次最多选 %(limit)s 件。"), params={"limit": CASES_MAX})
    return chosen


def hindrance(actor: Actor, act: str, values: Values, row: Dispatch) -> Refusal | None:
    """Return why an act cannot be done on a case that its own facts hinder, None where they do not."""
    if act == "channel":
        return channels.hindrance(row, values["channel"])
    if act != "paper":
        return None
    kind = values["kind"]
    if not row.shown.proof(kind):
        return Refusal("paper-not-agreed", words("这类材料，持卡人没有同意给我行看。"))
    if kind in {proof.kind for proof, _name in dispatches.proofs_shown(actor, row)}:
        return Refusal("paper-there", words("这类材料已经有了。"))
    if Question.objects.filter(negotiation_id=row.pk, bank_ref__startswith=f"paper-{kind}-", answered_at=None).exists():
        return Refusal("paper-asked", words("已经要过这份材料，还在等持卡人。"))
    return None


def said_to(actor: Actor, act: str, values: Values, row: Dispatch) -> str:
    """Return what the borrower of a case is told by the act, empty where it tells none."""
    if act == "paper":
        return asking_for(values["kind"], values["text"])
    me = shown_as(actor)
    return filled(values["text"], row, me.name if me else "") if act == "message" else ""


def _assign(item: BulkItem, told: Values) -> bool:
    case_id = _talk(item).pk
    return bool(share_out([case_id], told["to"]) if told["to"] in WAYS else hand_to([case_id], UUID(told["to"])))


def _message(item: BulkItem, told: Values) -> bool:
    talk = _talk(item)
    text = said_to(current().actor, "message", told, talk.dispatch)
    say = negotiation.ask if told["wants_answer"] else negotiation.write_to_borrower
    say(talk.pk, text, f"bulk-{item.run_id}")
    return True


def _paper(item: BulkItem, told: Values) -> bool:
    talk = _talk(item)
    hindered = hindrance(current().actor, "paper", told, talk.dispatch)
    if hindered:
        raise hindered
    kind = told["kind"]
    negotiation.ask(talk.pk, asking_for(kind, told["text"]), f"paper-{kind}-{item.run_id}", kind)
    return True


def _note(item: BulkItem, told: Values) -> bool:
    actions.write_note(_case(item).pk, told["text"], token=item.pk)
    return True


def _channel(item: BulkItem, told: Values) -> bool:
    row = _case(item)
    if channels.channel_of(row) == told["channel"]:
        return False
    channels.choose(row.pk, told["channel"], told["reason"])
    return True


_DO: dict[str, Callable[[BulkItem, Values], bool]] = {
    "assign": _assign,
    "message": _message,
    "paper": _paper,
    "note": _note,
    "channel": _channel,
}


def _must_make_sense(act: str, values: Values) -> None:
    """Refuse at its field what would be refused on every case. Raises ``Refusal``, ``NotFound``."""
    if act == "assign" and values["to"] not in WAYS:
        colleague(UUID(values["to"]))
    if act == "message":
        must_be_fillable(values["text"])
    if act == "paper" and values["kind"] not in PAPERS:
        raise NotFound()


def _locked(item_id: UUID) -> BulkItem:
    rows = BulkItem.objects.select_for_update(of=("self",)).select_related("run")
    item = rows.filter(pk=item_id, run__person_id=current().actor.me).first()
    if item is None:
        raise NotFound()
    return item


def _case(item: BulkItem) -> Dispatch:
    """Return the case as the actor may see it now. Raises ``Refusal("case-gone")``."""
    row = dispatches.visible(current().actor).filter(pk=item.dispatch_id).first()
    if row is None or dispatches.is_stopped(row):
        raise Refusal("case-gone", words("持卡人撤回了，这件不再办。"))
    return row


def _talk(item: BulkItem) -> Negotiation:
    """Lock the case's negotiation. Raises ``Refusal("not-received")`` before the bank's receipt."""
    row = _case(item)
    if not Negotiation.objects.filter(pk=row.pk).exists():
        raise Refusal("not-received", words("还没确认收到申请，先确认收到。"))
    return negotiation.locked(row.pk)
