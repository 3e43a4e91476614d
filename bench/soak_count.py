"""The count at the end of a soak: nothing lost, nothing twice, both sides of one mind, the ledger whole and true."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import rfc8785
from soak_banks import SandboxBank

from heyue.acts import Stateful
from heyue.agreement.models import Agreement
from heyue.banks.models import Bank, InboundMessage, OutboundMessage
from heyue.dispatch.models import Dispatch
from heyue.evidence.ledger import facts_of, salt_of
from heyue.evidence.models import Leaf
from heyue.execution.models import Instalment, Payment, Plan
from heyue.negotiation.models import Negotiation

OF_ONE_MIND = {
    "awaiting-first-answer": {"received"},
    "overdue": {"received"},
    "refused": {"refused"},
    "offered": {"offered"},
    "offer-declined": {"offered"},
    "offer-expired": {"offered", "accepted", "agreed"},
    "ended": {"ended"},
    "lapsed": {"ended"},
}
OF_ONE_MIND_WHEN_AGREED = {
    "drawing": {"accepted", "agreed"},
    "awaiting-borrower": {"agreed"},
    "awaiting-bank": {"agreed"},
    "in-force": {"in_force"},
    "completed": {"completed"},
}
LEAVES_AT_ONCE = 2000


class Count:
    """What was counted, and every fault that was found."""

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}
        self.faults: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def fault(self, what: str, where: object, number: int = 1) -> None:
        """Note a fault, with one example of it."""
        self.faults[what] += number
        self.examples.setdefault(what, str(where))

    def told(self) -> dict[str, Any]:
        """As it is printed."""
        return {"counted": self.counted, "faults": dict(self.faults), "examples": self.examples}


def count(banks: list[SandboxBank], negotiations: int) -> Count:
    """Count everything once the soak has come to rest."""
    found = Count()
    found.counted["negotiations"] = Dispatch.objects.count()
    if Dispatch.objects.count() != negotiations:
        found.fault("negotiations made", f"{Dispatch.objects.count()} of {negotiations}")
    for bank in banks:
        _from_bank(found, bank)
        _to_bank(found, bank)
        _states(found, bank)
        _payments(found, bank)
    _sequences(found)
    _ledger(found)
    return found


def _from_bank(found: Count, bank: SandboxBank) -> None:
    """Each event of the bank is here once, as it was written, and nothing else is."""
    from heyue.banks import inbox

    here = {row.idempotency_key: row for row in InboundMessage.objects.filter(bank__slug=bank.slug)}
    there = bank.rows("SELECT id, body, state FROM outbox")
    found.counted["events from banks"] = found.counted.get("events from banks", 0) + len(there)
    for row in there:
        mine = here.pop(row["id"], None)
        if row["state"] != "sent" or mine is None:
            found.fault("event of a bank lost", f"{bank.slug} {row['id']} {row['state']}")
        elif mine.body_sha256 != hashlib.sha256(row["body"]).hexdigest() or inbox.body_of(mine) != row["body"]:
            found.fault("event of a bank changed", row["id"])
        elif mine.judgement == "waiting":
            found.fault("event of a bank never judged", row["id"])
        elif mine.judgement == "refused":
            key = f"refused: {mine.kind}: {(mine.problem or {}).get('type', '').rpartition(':')[2]}"
            found.counted[key] = found.counted.get(key, 0) + 1
    for key in here:
        found.fault("event that no bank sent", f"{bank.slug} {key}")


def _to_bank(found: Count, bank: SandboxBank) -> None:
    """Each message of ours is at the bank once, and both tell the same of what became of it."""
    rows = list(OutboundMessage.objects.filter(bank__slug=bank.slug))
    there = {row["idempotency_key"]: row for row in bank.rows("SELECT * FROM messages WHERE kind <> 'link'")}
    found.counted["messages to banks"] = found.counted.get("messages to banks", 0) + len(rows)
    for row in rows:
        theirs = there.pop(str(row.negotiation_id if row.kind == "application" else row.pk), None)
        if row.delivery == "taken-back":
            continue
        if row.delivery != "delivered" or theirs is None:
            found.fault("message to a bank lost", f"{row.kind} {row.pk} {row.delivery}")
        elif theirs["state"] == "waiting":
            found.fault("message never judged by its bank", f"{row.kind} {row.pk}")
        elif row.kind != "application" and row.fate != theirs["state"]:
            found.fault("fate told otherwise", f"{row.kind} {row.pk}: {row.fate} {theirs['state']}")
        elif theirs["state"] == "refused":
            key = f"refused by the bank: {row.kind}: {json.loads(theirs['problem'])['detail'][:40]}"
            found.counted[key] = found.counted.get(key, 0) + 1
    for key in there:
        found.fault("message that nobody sent", f"{bank.slug} {key}")


def _states(found: Count, bank: SandboxBank) -> None:
    """Both sides stand where the other thinks they stand; agreements are the same to the byte."""
    theirs = {row["negotiation_id"]: row["state"] for row in bank.rows("SELECT * FROM applications")}
    agreements = {row["agreement_id"]: row for row in bank.rows("SELECT * FROM agreements")}
    newest = {row.negotiation_id: row for row in Agreement.objects.filter(bank__slug=bank.slug).order_by("drawn_at")}
    for row in Negotiation.objects.filter(bank__slug=bank.slug):
        drawn = newest.get(row.pk)
        if row.state in ("agreed", "concluded"):
            ours, wanted = (
                f"agreed, {drawn.state}" if drawn else "agreed",
                OF_ONE_MIND_WHEN_AGREED.get(drawn.state if drawn else "", set()),
            )
        else:
            ours, wanted = row.state, OF_ONE_MIND.get(row.state, set())
        standing = theirs.pop(str(row.pk), "nothing")
        found.counted[f"state {ours} | {standing}"] = found.counted.get(f"state {ours} | {standing}", 0) + 1
        if standing not in wanted:
            found.fault("sides disagree", f"{row.pk}: {ours} | {standing}")
        if drawn and drawn.sha256 and drawn.state in ("awaiting-borrower", "awaiting-bank", "in-force"):
            kept = agreements.get(str(drawn.pk))
            if kept is None or (kept["document_sha256"], kept["schedule_hash"]) != (drawn.sha256, drawn.schedule_hash):
                found.fault("agreements differ", drawn.pk)
    for negotiation in theirs:
        found.fault("negotiation that only the bank has", negotiation)


def _payments(found: Count, bank: SandboxBank) -> None:
    """Each payment that the bank booked under an agreement stands here once, to the fen."""
    booked = {row["payment_id"]: row["amount_fen"] for row in bank.rows(
        "SELECT * FROM payments WHERE agreement_id IS NOT NULL")}  # fmt: skip
    noted = dict(Payment.objects.filter(bank__slug=bank.slug).values_list("bank_ref", "amount_fen"))
    found.counted["payments"] = found.counted.get("payments", 0) + len(booked)
    if booked != noted:
        found.fault("payments differ", f"{bank.slug}: {len(booked)} booked, {len(noted)} noted")
    if Payment.objects.filter(bank__slug=bank.slug).count() != len(noted):
        found.fault("payment noted twice", bank.slug)


def _sequences(found: Count) -> None:
    """Numbers run on without a gap, each way."""
    for model, first in ((InboundMessage, 1), (OutboundMessage, 0)):
        numbers: dict[UUID, list[int]] = defaultdict(list)
        for place, number in model.objects.exclude(negotiation_id=None).values_list("negotiation_id", "sequence"):
            numbers[place].append(number)
        for place, told in numbers.items():
            if sorted(told) != list(range(first, first + len(told))):
                found.fault(f"gap in {model.__name__}", f"{place}: {sorted(told)}")


def _ledger(found: Count) -> None:
    """Each leaf's commitment stands, and the leaves alone lead every row to where it is."""
    histories: dict[UUID, list[str]] = defaultdict(list)
    for leaves in _in_parts():
        for leaf, facts in zip(leaves, facts_of(leaves), strict=True):
            header = {"kind": leaf.kind, "subject": str(leaf.subject_id), "actor": leaf.actor_role}
            body: dict[str, Any] = {"header": {**header, "happened_at": leaf.happened_at.isoformat()}, "facts": facts}
            if hashlib.sha256(salt_of(leaf) + rfc8785.dumps(body)).hexdigest() != leaf.commitment:
                found.fault("leaf that does not verify", leaf.pk)
            histories[leaf.subject_id].append(leaf.kind)
            found.counted["leaves"] = found.counted.get("leaves", 0) + 1
    tables: tuple[type[Stateful], ...] = (Dispatch, Negotiation, Agreement, Plan)
    for model in tables:
        for row in model._default_manager.all():
            told = _replayed(model, histories.get(row.pk, []))
            if told != row.state:
                found.fault("ledger tells otherwise", f"{model.__name__} {row.pk}: {told} | {row.state}")
    found.counted["instalments"] = Instalment.objects.count()
    found.counted["banks"] = Bank.objects.count()


def _replayed(model: type[Stateful], kinds: Iterable[str]) -> str:
    """Where a row must stand by its leaves; a note that is no move leaves it."""
    moves = {(str(move.source), str(move.event)): str(move.target) for move in model.TABLE.moves}
    state = ""
    for kind in kinds:
        name, _, event = kind.partition(".")
        if name == model.TABLE.name:
            state = str(model.TABLE.initial) if event == "begun" else moves.get((state, event), state)
    return state or "no leaf"


def _in_parts() -> Iterator[list[Leaf]]:
    last = UUID(int=0)
    while leaves := list(Leaf.objects.filter(pk__gt=last).order_by("pk")[:LEAVES_AT_ONCE]):
        yield leaves
        last = leaves[-1].pk
