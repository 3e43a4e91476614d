"""What was said on the telephone, as the borrower noted it: evidence, and for a bank without another way its answer.

A bank that is reached by telephone alone (``Bank.Channel.PHONE``) signs nothing. What the borrower notes of it counts
as its receipt and its answer, and is called what it is wherever it is shown: the borrower's word.
Source: docs/decisions/0025.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from heyue.acts import Fact, current, move, scope, verb
from heyue.deadlines import WaitKind
from heyue.deadlines import start as start_wait
from heyue.dispatch import actions as dispatch
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.engine.refusal import Refusal, words
from heyue.negotiation.actions import locked
from heyue.negotiation.models import Call, Negotiation
from heyue.negotiation.states import BEFORE_ANSWER, Event, ToldByTelephone
from heyue.vault import keyring

NOTES_CHARS_MAX = 1000
STAFF_CHARS_MAX = 40
CALL_SECONDS_MAX = 4 * 3600
RECEIVED, OFFERED, REFUSED = "received", "offered", "refused"
CALL_RESULTS = {
    "no-answer": words("没打通"),
    RECEIVED: words("说收到了申请"),
    "checking": words("说在审核"),
    "promised": words("答应了一个日子"),
    "asked-more": words("还要材料"),
    OFFERED: words("提了条件"),
    REFUSED: words("说不同意"),
    "other": words("其他"),
}
ANSWERS = (OFFERED, REFUSED)
"""Results that answer the application."""


@dataclass(frozen=True, slots=True)
class CallNote:
    """What the borrower noted of a call; ``promised_on`` is the day that the bank promised an answer for."""

    called_at: datetime
    seconds: int
    result: str
    staff: str = ""
    notes: str = ""
    promised_on: date | None = None


@dataclass(frozen=True, slots=True)
class CallNoted(Fact):
    """The note of a call is kept."""

    call_id: UUID


@verb
def record_call(negotiation_id: UUID, call: CallNote) -> tuple[CallNoted, *tuple[Fact, ...]]:
    """Keep the note of a call as evidence; the same call noted twice is kept once. A promised day is waited for.

    It is kept before the bank's receipt too. By a bank that is reached by telephone alone, the receipt is what it said
    on the telephone, and so is its answer. Raises ``Refusal`` at the field that lacks something.
    """
    _judge(call)
    talk = locked(negotiation_id) if Negotiation.objects.filter(pk=negotiation_id).exists() else None
    form = talk.dispatch if talk else scope.locked(Dispatch.objects.select_related("bank"), negotiation_id)
    counts = _counts(call, form, talk)
    if known := Call.objects.filter(dispatch_id=form.pk, called_at=call.called_at).first():
        return (CallNoted(known.pk),)
    kept = _kept(form, call)
    facts: dict[str, object] = {
        "call": str(kept.pk),
        "result": call.result,
        "promised_on": call.promised_on.isoformat() if call.promised_on else None,
    }
    if talk:
        move(talk, Event.CALL_RECORDED, facts)
    else:
        dispatch.note_call(form.pk, facts)
    followed: tuple[Fact, ...] = ()
    if counts and talk is None:
        followed = dispatch.receive_told(form.pk, kept.pk)
    if counts and call.result in ANSWERS:
        followed += (ToldByTelephone(form.pk, call.result, kept.pk),)
    if call.promised_on:
        start_wait(WaitKind.PROMISED_ANSWER, (talk or form).subject(), due_on=call.promised_on)
    return (CallNoted(kept.pk), *followed)


@verb
def hear_answer(negotiation_id: UUID, result: str, call_id: UUID) -> None:
    """The borrower was told the answer on the telephone: the bank is not waited for any more, nor called late.

    What was told binds nobody: the talk stays open for what comes in writing, until the borrower ends it.
    """
    row = locked(negotiation_id)
    if row.state not in BEFORE_ANSWER:
        return
    move(row, Event.ANSWER_TOLD, {"result": result, "call": str(call_id), "ground": "telephone"})
    row.told, row.told_on = result, current().today
    row.save(update_fields=["told", "told_on"])


def results_for(form: Dispatch, talk: Negotiation | None) -> dict[str, str]:
    """Return what may have come of a call now; that it was received is asked of a bank that has no other way."""
    asked = talk is None and form.is_by_telephone
    return {name: said for name, said in CALL_RESULTS.items() if asked or name != RECEIVED}


def _judge(call: CallNote) -> None:
    if call.result not in CALL_RESULTS:
        raise Refusal("call-result", words("选一个结果"), field="result", status=422)
    if len(call.notes) > NOTES_CHARS_MAX:
        raise Refusal("call-notes", words("记得太长了，留在 1000 字以内"), field="notes", status=422)
    if call.result == "promised" and call.promised_on is None:
        raise Refusal("call-promise", words("填上它答应的日子"), field="promised_on", status=422)
    if call.promised_on and call.promised_on < current().today:
        raise Refusal("call-promise-past", words("这个日子已经过了，看看是不是填错了"), field="promised_on", status=422)
    if len(call.staff) > STAFF_CHARS_MAX:
        raise Refusal("call-staff", words("工号留在 40 个字以内"), field="staff", status=422)
    if call.result == OFFERED and not call.notes:
        raise Refusal("call-offer", words("写下它提的条件：分多少期，每月还多少"), field="notes", status=422)


def _counts(call: CallNote, form: Dispatch, talk: Negotiation | None) -> bool:
    """Whether what was said counts as the bank's receipt or answer; then the staff number is needed."""
    if call.result not in (RECEIVED, *ANSWERS):
        return False
    if not form.is_by_telephone or (talk and call.result == RECEIVED):
        if call.result == RECEIVED:
            raise Refusal(
                "call-received", words("它收到没有，看进度里写的；这里选别的结果"), field="result", status=422
            )
        return False
    if not call.staff:
        raise Refusal("call-staff-missing", words("记下对方的工号，才说得清是谁说的"), field="staff", status=422)
    if talk is None and not dispatches.is_out(form):
        raise Refusal("form-not-made", words("申请表还在写，过一会儿再记这个结果"), field="result", status=422)
    return True


def _kept(form: Dispatch, call: CallNote) -> Call:
    ring = keyring(form.borrower_id)
    return Call.objects.create(
        dispatch=form,
        borrower_id=form.borrower_id,
        called_at=call.called_at,
        seconds=min(max(call.seconds, 0), CALL_SECONDS_MAX),
        result=call.result,
        promised_on=call.promised_on,
        sealed_staff=ring.seal(call.staff, "call-staff") if call.staff else None,
        sealed_notes=ring.seal(call.notes, "call-notes") if call.notes else None,
    )
