"""Two processes of one bank on one store: what one of them is late with does not undo what the other has done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from heyue.gateway import events
from heyue.gateway.client import BankRefused, BankUnreachable
from heyue.gateway.line import Unreachable
from heyue.gateway.server import BankServer, Negotiation, NotTaken, SqliteStore
from heyue.gateway.server.store import Fate
from heyue.gateway.signing import Signer
from protocol.server_kit import Kit, Talk, signer

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
PATIENCE_SECONDS = 30.0


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


class LeftAlone(SqliteStore):
    """A store that lets another process have its turn once, as soon as a transaction was rolled back."""

    def __init__(self, path: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(path)
        self._meanwhile: Callable[[], object] | None = meanwhile

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        try:
            with super().transaction() as transaction:
                yield transaction
        except Exception:
            meanwhile, self._meanwhile = self._meanwhile, None
            if meanwhile:
                meanwhile()
            raise


def pays(negotiation: Negotiation, event: events.AnswerChased) -> None:
    negotiation.transaction.connection.execute("INSERT INTO seen VALUES ('paid')")


@pytest.mark.parametrize("raised", [RuntimeError("the core system is away"), NotTaken("not in this state", "/data")])
@pytest.mark.parametrize("others", ["taken", "refused"])
def test_a_handler_that_fails_does_not_overwrite_what_another_process_decided(
    tmp_path: Path, raised: Exception, others: Fate
) -> None:
    kit = Kit(tmp_path)
    talk = Talk(kit).apply()
    kit.bank.work()
    other = kit.opened()
    kit.store = LeftAlone(tmp_path / "bank.sqlite", other.work)
    slow = kit.opened()

    def fails(negotiation: Negotiation, event: events.AnswerChased) -> None:
        raise raised

    def refuses(negotiation: Negotiation, event: events.AnswerChased) -> None:
        raise NotTaken("of the other process", "/data/text")

    slow.on(events.AnswerChased)(fails)
    other.on(events.AnswerChased)(pays if others == "taken" else refuses)
    event = talk.send("answer.chased", 1)
    slow.work()
    kit.later(minutes=5)
    other.work()
    fate = talk.fate(event)
    assert fate["state"] == others
    with kit.store.transaction() as transaction:
        paid = transaction.connection.execute("SELECT count(*) FROM seen").fetchone()[0]
    assert paid == (1 if others == "taken" else 0)
    if others == "refused":
        assert fate["problem"]["errors"][0]["pointer"] == "/data/text"


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def refused_once_each(kit: Kit, *banks: BankServer) -> list[str]:
    """Have the platform refuse what the bank says; return the list of what the bank hears of it."""
    heard: list[str] = []
    kit.platform.fate = {"state": "refused", "problem": {"type": "urn:heyue:problem:malformed"}}
    for bank in banks:
        bank.refused(lambda negotiation, name, problem: heard.append(name))
    return heard


def delivery(kit: Kit, talk: Talk) -> list[str]:
    with kit.store.transaction() as transaction:
        return [event.delivery for event in transaction.outgoing(talk.id)]


def test_a_request_that_outlived_its_claim_changes_nothing(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first process hangs in its request; the second sends the event, and learns that it was refused."""
    talk, other = Talk(kit).apply(), kit.opened()
    heard = refused_once_each(kit, kit.bank, other)
    client = kit.bank.platform

    def hangs(event: dict[str, Any]) -> None:
        monkeypatch.undo()
        for _ in range(2):
            kit.later(minutes=3)
            other.work()
        raise Unreachable("ReadTimeout")

    monkeypatch.setattr(client, "send", hangs)
    kit.bank.work()
    assert (delivery(kit, talk), heard) == (["refused"], ["application.received"])
    for _ in range(4):
        kit.later(hours=2)
        other.work()
        kit.bank.work()
    assert (delivery(kit, talk), heard) == (["refused"], ["application.received"])


def test_a_claim_that_ran_out_behind_a_slow_request_is_not_used(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are claimed a few at a time; when the first one's request took minutes, the rest are left."""
    talks = [Talk(kit).apply(), Talk(kit).apply()]
    sent: list[str] = []
    send = kit.bank.platform.send

    def slow(event: dict[str, Any]) -> Any:
        sent.append(event["subject"])
        kit.later(minutes=3)
        return send(event)

    monkeypatch.setattr(kit.bank.platform, "send", slow)
    assert kit.bank._sender.send_due()
    assert len(sent) == 1
    kit.bank.work()
    assert sorted(sent) == sorted(talk.id for talk in talks)


# ── the door meanwhile ───────────────────────────────────────────────────────────────────────────────────────────────


def answered(kit: Kit, key: Signer) -> tuple[int, str]:
    """How a request under a key is answered."""
    try:
        kit.client(key).fate("nothing", "nothing")
    except (BankRefused, BankUnreachable) as refused:
        return refused.status or 0, str(refused)
    raise AssertionError("there is no such event")


def test_a_stranger_is_refused_while_a_handler_is_at_work(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until a signature stands, nothing is written and no lock is waited for."""
    monkeypatch.setattr("heyue.gateway.server.sqlite_store.BUSY_SECONDS", 0.2)
    inside, done = threading.Event(), threading.Event()

    def slow(negotiation: Negotiation, event: events.AnswerChased) -> None:
        inside.set()
        done.wait(PATIENCE_SECONDS)

    kit.bank.on(events.AnswerChased)(slow)
    Talk(kit).apply().send("answer.chased", 1)
    thread = threading.Thread(target=kit.bank.work)
    thread.start()
    try:
        assert inside.wait(PATIENCE_SECONDS)
        thief = Signer(kit.platform.keys[0].keyid, signer("thief").key)
        told: list[tuple[int, str]] = []
        asking = threading.Thread(target=lambda: told.extend(answered(kit, key) for key in (signer("stranger"), thief)))
        asking.start()
        asking.join()
        assert told == [(401, "unknown-key"), (401, "signature-invalid")]
        assert kit.bank.gaps() == []
        assert kit.bank.troubled() == []
    finally:
        done.set()
        thread.join()
