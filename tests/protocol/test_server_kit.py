"""What the server kit promises a bank: order, one effect for each event, nothing said that did not happen, keys."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from heyue.gateway import events, examples, sm2, wire
from heyue.gateway.client import BankRefused, BankUnreachable, NotOurCustomer
from heyue.gateway.server import Gap, HashDiffers, Negotiation, NotTaken
from heyue.gateway.signing import Signer
from protocol.server_kit import ACTIVITY, CONSENT, HOLDER, TODAY, Kit, Talk, application, signer

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def refused_as(kit: Kit, key: Signer | None = None) -> str:
    """The code by which a request is refused, empty when it is let in."""
    try:
        kit.client(key).fate("nothing", "nothing")
    except BankRefused as refused:
        return "" if refused.code == "unknown-negotiation" else refused.code
    raise AssertionError("there is no such event")


def test_the_kit_needs_no_django() -> None:
    asked = "import sys, heyue.gateway.server; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


# ── applications and events ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_is_signed_whatever_the_banks_own_code_does(kit: Kit) -> None:
    def broken(negotiation: Negotiation, told: wire.Application) -> None:
        raise RuntimeError("the core system is away")

    kit.bank.application(broken)
    talk = Talk(kit).apply()
    kit.bank.work()
    assert talk.said() == ["application.received"]
    assert kit.platform.heard[0]["data"]["application_number"] == examples.APPLICATION["number"]
    kit.bank.application(lambda negotiation, told: kit.applied.append(told.number))
    kit.later(seconds=3)
    kit.bank.work()
    assert kit.applied == [examples.APPLICATION["number"]]
    assert talk.said() == ["application.received"]


def test_an_early_event_waits_for_the_one_before_it(kit: Kit) -> None:
    talk = Talk(kit).apply()
    third, second = talk.send("answer.chased", 3), talk.send("answer.chased", 2)
    kit.bank.work()
    assert (kit.took, talk.fate(second)["state"], talk.fate(third)["state"]) == ([], "waiting", "waiting")
    assert kit.bank.gaps() == [Gap(talk.id, 1, (2, 3))]
    talk.send("answer.chased", 1)
    kit.bank.work()
    assert (len(kit.took), talk.fate(third)["state"], kit.bank.gaps()) == (3, "taken", [])


def test_an_event_that_comes_again_has_one_effect_also_after_a_restart(kit: Kit) -> None:
    talk = Talk(kit).apply()
    event = talk.send("answer.chased", 1)
    kit.bank.work()
    kit.bank = kit.opened()
    path = f"/v1/negotiations/{talk.id}/events"
    kit.client().post(path, json.dumps(event).encode(), event["id"], wire.EVENT_MEDIA_TYPE)
    kit.bank.work()
    assert len(kit.took) == 1


def test_a_handler_that_stumbles_leaves_nothing_and_is_asked_again(kit: Kit) -> None:
    tries = []

    def stumbles(negotiation: Negotiation, event: events.AnswerChased) -> None:
        negotiation.transaction.connection.execute("INSERT INTO seen VALUES ('a try')")
        negotiation.ask("还在吗？")
        tries.append(negotiation.id)
        if tries.count(negotiation.id) == 1 and negotiation.id == poor.id:
            raise RuntimeError("the core system is away")

    kit.bank.on(events.AnswerChased)(stumbles)
    poor, other = Talk(kit).apply(), Talk(kit).apply()
    event = poor.send("answer.chased", 1)
    other.send("answer.chased", 1)
    kit.bank.work()
    assert poor.fate(event)["state"] == "waiting"
    assert (poor.said(), other.said()) == (["application.received"], ["application.received", "question.asked"])
    kit.later(seconds=2)
    kit.bank.work()
    assert poor.fate(event)["state"] == "taken"
    assert poor.said() == ["application.received", "question.asked"]
    with kit.store.transaction() as transaction:
        assert transaction.connection.execute("SELECT count(*) FROM seen").fetchone() == (2,)


def test_what_a_handler_refuses_is_told_with_its_place_and_says_nothing_else(kit: Kit) -> None:
    def refuses(negotiation: Negotiation, event: events.AnswerChased) -> None:
        negotiation.ask("这句话不该发出去")
        raise NotTaken("not in this state", "/subject")

    kit.bank.on(events.AnswerChased)(refuses)
    talk = Talk(kit).apply()
    event = talk.send("answer.chased", 1)
    kit.bank.work()
    fate = talk.fate(event)
    assert (fate["state"], fate["problem"]["errors"][0]["pointer"]) == ("refused", "/subject")
    assert talk.said() == ["application.received"]


def test_bad_data_of_the_banks_own_is_no_refusal_of_the_platforms_event(kit: Kit) -> None:
    def careless(negotiation: Negotiation, event: events.AnswerChased) -> None:
        negotiation.tell("officer.assigned", {"name": "沈清"})

    kit.bank.on(events.AnswerChased)(careless)
    talk = Talk(kit).apply()
    event = talk.send("answer.chased", 1)
    kit.bank.work()
    assert talk.fate(event)["state"] == "waiting"


def test_an_event_of_a_bad_shape_has_its_place_so_that_the_next_goes_on(kit: Kit) -> None:
    talk = Talk(kit).apply()
    with pytest.raises(BankRefused):
        talk.send("answer.chased", 1, {"text": "缺两项"})
    talk.send("answer.chased", 2)
    kit.bank.work()
    assert len(kit.took) == 1


def test_another_event_of_a_sequence_that_is_taken_is_refused(kit: Kit) -> None:
    talk = Talk(kit).apply()
    talk.send("answer.chased", 1)
    with pytest.raises(BankRefused) as refused:
        talk.send("answer.chased", 1)
    assert refused.value.problem["errors"][0]["pointer"] == "/sequence"


def test_events_at_once_are_handed_over_once(kit: Kit) -> None:
    talk = Talk(kit).apply()
    for sequence in range(1, 9):
        talk.send("answer.chased", sequence)
    second = kit.opened()
    loops = [threading.Thread(target=bank.work) for bank in (kit.bank, second, kit.bank)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()
    kit.bank.work()
    assert len(kit.took) == 8
    assert kit.applied == [examples.APPLICATION["number"]]


# ── what the kit checks of itself ────────────────────────────────────────────────────────────────────────────────────


def offered(kit: Kit) -> tuple[Talk, str, str]:
    """A negotiation in which the bank accepted as asked: the offer's id and its hash."""

    def accepts(negotiation: Negotiation, told: wire.Application) -> None:
        negotiation.accept(TODAY)

    kit.bank.application(accepts)
    talk = Talk(kit).apply()
    kit.bank.work()
    data = kit.platform.heard[-1]["data"]
    return talk, data["offer_id"], data["hash"]


def test_a_hash_that_the_bank_did_not_offer_is_refused(kit: Kit) -> None:
    talk, offer_id, hash_ = offered(kit)
    wrong = talk.send("offer.accepted", 1, {"offer_id": offer_id, "hash": "0" * 64})
    right = talk.send("offer.accepted", 2, {"offer_id": offer_id, "hash": hash_})
    kit.bank.work()
    problem = talk.fate(wrong)["problem"]
    assert (problem["type"], problem["errors"][0]["pointer"]) == ("urn:heyue:problem:hash-mismatch", "/data/hash")
    assert talk.fate(right)["state"] == "taken"


def test_a_signature_under_what_was_never_drawn_is_refused(kit: Kit) -> None:
    talk, _, _ = offered(kit)
    event = talk.send("agreement.signed", 1, examples.FROM_PLATFORM["agreement.signed"])
    kit.bank.work()
    assert talk.fate(event)["problem"]["errors"][0]["pointer"] == "/data/agreement_id"


def test_an_asked_hash_that_is_not_ours_is_not_accepted(kit: Kit) -> None:
    def accepts(negotiation: Negotiation, told: wire.Application) -> None:
        with pytest.raises(HashDiffers):
            negotiation.accept(TODAY)
        negotiation.offer(told.asked.terms, told.asked.waived, TODAY)

    kit.bank.application(accepts)
    told = application("")["asked"]
    talk = Talk(kit).apply(asked=told | {"hash": "f" * 64})
    kit.bank.work()
    assert talk.said() == ["application.received", "offer.made"]
    assert kit.platform.heard[-1]["data"]["hash"] == told["hash"]


# ── the outbox ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_events_leave_in_order_and_wait_for_the_one_that_was_not_taken(kit: Kit) -> None:
    kit.bank.application(lambda negotiation, told: negotiation.assign_officer("沈清", "Q-0001"))
    kit.platform.troubles = [503]
    talk = Talk(kit).apply()
    kit.bank.work()
    assert talk.said() == []
    kit.later(seconds=3)
    kit.bank.work()
    assert talk.said() == ["application.received", "officer.assigned"]
    assert [one["sequence"] for one in kit.platform.heard] == ["1", "2"]


def test_after_three_days_an_event_is_a_dead_letter_that_can_be_sent_again(kit: Kit) -> None:
    talk = Talk(kit).apply()
    kit.platform.troubles = [503] * 3
    for _ in range(3):
        kit.bank.work()
        kit.later(hours=37)
    (dead,) = kit.bank.troubled()
    assert (dead.delivery, talk.said()) == ("dead", [])
    assert kit.bank.send_again(dead.id)
    kit.bank.work()
    assert (kit.bank.troubled(), talk.said()) == ([], ["application.received"])


@pytest.mark.parametrize("at_the_door", [True, False])
def test_the_bank_hears_of_an_event_that_the_platform_refused(kit: Kit, at_the_door: bool) -> None:
    heard: list[tuple[str, str]] = []
    kit.bank.refused(lambda negotiation, name, problem: heard.append((name, problem["type"])))
    problem = {"type": "urn:heyue:problem:malformed", "title": "内容不合格式", "status": 422}
    kit.platform.troubles = [422] if at_the_door else []
    kit.platform.fate = {"state": "refused", "problem": problem}
    Talk(kit).apply()
    kit.bank.work()
    kit.later(seconds=5)
    kit.bank.work()
    assert heard == [("application.received", "urn:heyue:problem:malformed")]
    assert [one.delivery for one in kit.bank.troubled()] == ["refused"]


def test_what_became_of_an_event_is_asked_until_it_is_judged(kit: Kit) -> None:
    kit.platform.fate = {"state": "waiting", "problem": None}
    talk = Talk(kit).apply()
    for state in ("sent", "sent", "taken"):
        kit.bank.work()
        with kit.store.transaction() as transaction:
            assert [one.delivery for one in transaction.outgoing(talk.id)] == [state]
        kit.later(hours=1, minutes=15)
        kit.platform.fate = {"state": "waiting" if state == "sent" and kit.now.hour < 5 else "taken", "problem": None}


def test_an_officers_act_is_sent_when_it_ends_well_and_else_not(kit: Kit) -> None:
    talk = Talk(kit).apply()
    with kit.bank.negotiation(talk.id) as negotiation:
        negotiation.assign_officer("沈清", "Q-0001")
    with pytest.raises(ZeroDivisionError), kit.bank.negotiation(talk.id) as negotiation:
        negotiation.refuse("policy", "不合规定", f"第{1 // 0}条")
    with pytest.raises(LookupError), kit.bank.negotiation(str(uuid.uuid4())):
        raise AssertionError("there is none")
    for _ in range(2):
        kit.bank.work()
    assert talk.said() == ["application.received", "officer.assigned"]


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def link(kit: Kit, *scopes: str, name: str = HOLDER["name"]) -> str:
    consent = wire.Consent.model_validate(CONSENT | {"scopes": scopes})
    return kit.client().link_account(consent, wire.Holder.model_validate(HOLDER | {"name": name}), str(uuid.uuid4()))


def test_a_question_about_a_dispute_is_answered_under_its_own_number(kit: Kit) -> None:
    asked = examples.FROM_PLATFORM["dispute.asked"]
    kit.bank.on(events.DisputeAsked)(lambda negotiation, one: negotiation.answer_dispute(one, "partly", "查到一半。"))
    talk = Talk(kit).apply()
    talk.send("dispute.asked", 1, asked)
    kit.bank.work()
    told = kit.platform.heard[-1]["data"]
    assert talk.said() == ["application.received", "dispute.answered"]
    numbers = {name: asked[name] for name in ("dispute_id", "question_id")}
    assert told == {**numbers, "position": "partly", "text": "查到一半。"}


def test_a_consent_opens_what_it_says_and_no_more(kit: Kit) -> None:
    kinds = ("purchase", "payment", "refund", "fee")
    kit.bank.activity(lambda customer, after: [ACTIVITY | {"seq": n, "kind": kind} for n, kind in enumerate(kinds, 1)])
    wide, narrow, shut = (
        link(kit, "accounts", "statements", "payments"),
        link(kit, "accounts"),
        link(kit, "statements", "payments"),
    )
    assert kit.client().cards(wide).cards[0].statements
    assert not kit.client().cards(narrow).cards[0].statements
    assert [one.kind for one in kit.client().activity(wide, 0)] == list(kinds)
    assert [one.kind for one in kit.client().activity(narrow, 0)] == ["purchase", "fee"]
    with pytest.raises(BankRefused, match="scope-missing"):
        kit.client().cards(shut)
    kit.client().unlink(wide)
    with pytest.raises(BankRefused, match="unknown-link"):
        kit.client().cards(wide)


def test_activity_is_told_five_hundred_a_page(kit: Kit) -> None:
    told = ACTIVITY | {"kind": "purchase"}
    kit.bank.activity(lambda customer, after: (told | {"seq": n} for n in range(after + 1, 1202)))
    assert [one.seq for one in kit.client().activity(link(kit, "accounts"), 0)] == list(range(1, 1202))


def test_who_is_nobodys_customer_and_what_the_bank_tells_wrongly(kit: Kit) -> None:
    with pytest.raises(NotOurCustomer):
        link(kit, "accounts", name="别人")
    kit.bank.cards(lambda customer: {"as_of": "2026-11-16", "cards": [{"token": "x"}]})
    with pytest.raises(BankUnreachable, match="500"):
        kit.client().cards(link(kit, "accounts"))


# ── keys and limits ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_key_is_found_when_it_first_signs_and_the_old_one_ends_after_an_overlap(kit: Kit) -> None:
    old, new = kit.platform.keys[0], signer("platform-2")
    assert refused_as(kit, new) == "unknown-key"
    kit.platform.keys = [new]
    kit.later(minutes=2)
    assert (refused_as(kit, new), refused_as(kit, old)) == ("", "")
    kit.later(minutes=11)
    assert (refused_as(kit, new), refused_as(kit, old)) == ("", "unknown-key")


def test_a_stranger_cannot_make_the_bank_ask_for_keys_all_the_time(kit: Kit) -> None:
    for _ in range(5):
        assert refused_as(kit, signer("stranger")) == "unknown-key"
    assert kit.platform.asked_for_keys == 1


def test_a_name_never_gets_another_key(kit: Kit) -> None:
    thief = signer("platform-1")
    old, kit.platform.keys = kit.platform.keys[0], [thief]
    assert refused_as(kit, signer("stranger")) == "unknown-key"
    assert (refused_as(kit, thief), refused_as(kit, old)) == ("signature-invalid", "")
    with pytest.raises(ValueError, match="another public key"):
        kit.opened()


def test_keys_are_believed_under_tls_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocol.server_kit.PLATFORM_URL", "http://platform.example")
    kit = Kit(tmp_path)
    kit.platform.keys.append(signer("platform-2"))
    assert (refused_as(kit, kit.platform.keys[1]), kit.platform.asked_for_keys) == ("unknown-key", 0)


def test_a_nonce_is_remembered_over_a_restart(kit: Kit) -> None:
    key = kit.platform.keys[0]

    class Same(Signer):
        def sign(self, request: Any, now: Any, *, lifetime: timedelta = timedelta(minutes=1)) -> None:
            if not seen:
                key.sign(request, now)
                seen.update({name: request.headers[name] for name in ("signature", "signature-input")})
            request.headers.update(seen)

    seen: dict[str, str] = {}
    same = Same(key.keyid, key.key)
    assert refused_as(kit, same) == ""
    kit.bank = kit.opened()
    assert refused_as(kit, same) == "nonce-replayed"


@pytest.mark.parametrize(("national", "code"), [(True, ""), (False, "signature-invalid")])
def test_sm2_is_taken_where_it_is_switched_on(tmp_path: Path, national: bool, code: str) -> None:
    kit = Kit(tmp_path, more={"national": national})
    kit.platform.keys.append(Signer("platform-sm2", sm2.Sm2PrivateKey.generate()))
    assert refused_as(kit, kit.platform.keys[1]) == code


def test_a_body_beyond_the_limit_is_refused(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heyue.gateway.server.web.BODY_BYTES_MAX", 1000)
    with pytest.raises(BankRefused) as refused:
        kit.client().post("/v1/account-links", b" " * 1001, "k", "application/json")
    assert (refused.value.status, refused.value.code) == (413, "too-large")


def test_wsgi_wants_a_length(kit: Kit) -> None:
    told: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/v1/applications", "HTTP_TRANSFER_ENCODING": "chunked"}
    kit.bank.wsgi()(environ, lambda status, headers: told.append(status))
    assert told == ["411 Length Required"]
