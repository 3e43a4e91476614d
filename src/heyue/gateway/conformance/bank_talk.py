"""What a bank sends by itself: its receipt, its patience with a platform that stumbles, its answer, its signature."""

from __future__ import annotations

import hashlib
import json
import uuid
from base64 import b64decode
from collections.abc import Callable
from time import sleep
from typing import Any

from heyue.clock.machine import machine_now
from heyue.engine.schedule import build
from heyue.gateway.conformance.at_bank import AtBank, Talk, document, of_bank, question_of_dispute
from heyue.gateway.conformance.case import Cases, answered, must
from heyue.gateway.conformance.listener import Heard, Trouble
from heyue.gateway.values import instant_text

RECEIPT = "3 Application"
RETRIES = "1 Retries"
EVENTS = "4 Events"
SETTLE_SECONDS = 0.6
# Long enough for a bank on a busy machine to come again, if it would.
SILENCE_SECONDS = 4.0
SLOW_SECONDS = 1.0

cases: Cases[AtBank] = Cases("talk")
case = cases.case


def _receipts(talk: Talk) -> Callable[[Heard], bool]:
    return lambda one: (one.json.get("subject"), one.json.get("type")) == (talk.id, "heyue.application.received.v1")


def _in_trouble(bank: AtBank, trouble: Trouble) -> list[Heard]:
    """Apply, let the receipt meet a trouble, and return every try of it."""
    ear, talk = bank.ear(), bank.talk()
    ear.troubles.append(Trouble(**{**_told(trouble), "unless": lambda one: not _receipts(talk)(one)}))
    try:
        answered(bank.door.ask(talk.ask()), 202)
        return ear.wait(_receipts(talk), bank.patience_seconds, "第二次回执", number=2)
    finally:
        ear.troubles.clear()


def _told(trouble: Trouble) -> dict[str, Any]:
    return {name: getattr(trouble, name) for name in ("status", "seconds", "retry_after", "hang_up")}


def _same_message(tries: list[Heard]) -> None:
    must(len({one.body for one in tries}) == 1, "重试的内容要一个字节也不差")
    must(len({one.headers.get("idempotency-key") for one in tries}) == 1, "重试要用同一个 Idempotency-Key")
    nonces = [one.verified.nonce for one in tries if one.verified]
    must(len(set(nonces)) == len(tries), "每次重试都要有新的签名和新的 nonce")


@case(RECEIPT, "回执：签得好，说出申请编号、申请表摘要和收到的时间")
def receipt(bank: AtBank) -> None:
    bank.ear()
    talk = bank.applied()
    heard = talk.wait("application.received")[0]
    must(not heard.wrong, f"签名不对：{heard.wrong}")
    event, data = of_bank(heard)
    must(heard.path == f"/v1/negotiations/{talk.id}/events", f"发到了 {heard.path}")
    must(heard.headers.get("idempotency-key") == event["id"], "Idempotency-Key 要是事件的 id")
    must(event["sequence"] == "1", f"第一个事件的序号是 1，实际 {event['sequence']}")
    must(data.application_number == talk.application["number"], "申请编号不对")
    must(data.form_sha256 == talk.application["form"]["sha256"], "申请表的摘要不对")


@case(RECEIPT, "申请来了两次，回执只有一份")
def one_receipt(bank: AtBank) -> None:
    bank.ear()
    talk = bank.applied()
    answered(bank.door.ask(talk.ask()), 202)
    talk.wait("application.received")
    sleep(SETTLE_SECONDS)
    ids = {one.json["id"] for one in talk.wait("application.received")}
    must(len(ids) == 1, f"发了 {len(ids)} 份回执")


@case(RETRIES, "平台答 503：过一会儿再发，同一个事件")
def retried_after_503(bank: AtBank) -> None:
    _same_message(_in_trouble(bank, Trouble(status=503)))


@case(RETRIES, "平台断了线：再发")
def retried_after_a_broken_line(bank: AtBank) -> None:
    _same_message(_in_trouble(bank, Trouble(hang_up=True)))


@case(RETRIES, "平台答 429：再发")
def retried_after_429(bank: AtBank) -> None:
    _same_message(_in_trouble(bank, Trouble(status=429, retry_after="1")))


@case(RETRIES, "平台答得慢：不会丢，也不会多")
def slow_answer(bank: AtBank) -> None:
    ear = bank.ear()
    ear.troubles.append(Trouble(seconds=SLOW_SECONDS))
    try:
        talk = bank.applied()
        talk.wait("application.received")
        sleep(SLOW_SECONDS)
        must(len({one.json["id"] for one in talk.wait("application.received")}) == 1, "同一份回执换了编号")
    finally:
        ear.troubles.clear()


@case(RETRIES, "平台答 422：是最后的回答，不再发")
def not_retried_after_422(bank: AtBank) -> None:
    ear, talk = bank.ear(), bank.talk()
    ear.troubles.append(Trouble(status=422, unless=lambda one: not _receipts(talk)(one)))
    try:
        answered(bank.door.ask(talk.ask()), 202)
        ear.wait(_receipts(talk), bank.patience_seconds, "回执")
        sleep(SILENCE_SECONDS)
        must(len(ear.wait(_receipts(talk), 0, "回执")) == 1, "422 之后又发了")
    finally:
        ear.troubles.clear()


@case(RECEIPT, "暂停催收：答应就说到哪天，不答应就说为什么")
def standstill(bank: AtBank) -> None:
    bank.ear()
    of_bank(bank.applied().wait_days("standstill.answered"))


@case(EVENTS, "银行的答复：条件算得出它说的哈希，首期在有效期之后")
def answer(bank: AtBank) -> None:
    bank.ear()
    talk = bank.applied()
    event, data = of_bank(talk.wait_days("offer.made", "application.accepted", "application.refused"))
    if event["type"] == "heyue.application.refused.v1":
        must(data.rule, "拒绝要说依据")
        return
    terms = data.terms.for_engine() if event["type"] == "heyue.offer.made.v1" else talk.application["asked"]["terms"]
    must(build(terms).hash == data.hash, f"还款表的哈希应是 {build(terms).hash}，银行说 {data.hash}")
    must(data.valid_until.isoformat() < terms["first_due"], "有效期要在首期还款日之前")


@case("1 Problems", "申请的哈希是错的：银行自己算，不会照着接受")
def asked_with_another_hash(bank: AtBank) -> None:
    bank.ear()
    talk = bank.talk()
    right = talk.application["asked"]["hash"]
    talk.application["asked"]["hash"] = "f" * 64
    answered(bank.door.ask(talk.ask()), 202)
    event, data = of_bank(talk.wait_days("offer.made", "application.accepted", "application.refused"))
    if event["type"] == "heyue.application.accepted.v1":
        must(data.hash == right, "照抄了一个错的哈希")


@case(EVENTS, "银行的事件：来源一个，序号从 1 起没有缺口，都合格式")
def numbered_without_gaps(bank: AtBank) -> None:
    ear = bank.ear()
    sleep(SETTLE_SECONDS)
    numbers: dict[str, dict[int, str]] = {}
    for one in [heard for heard in list(ear.heard) if heard.method == "POST"]:
        must(not one.wrong, f"{one.path}：{one.wrong}")
        event, _ = of_bank(one)
        known = numbers.setdefault(event["subject"], {})
        must(known.setdefault(int(event["sequence"]), event["id"]) == event["id"], "两个事件用了同一个序号")
    must(numbers, "银行什么也没发")
    for subject, known in numbers.items():
        must(sorted(known) == list(range(1, len(known) + 1)), f"{subject} 的序号有缺口：{sorted(known)}")
    must(len({one.json["source"] for one in ear.heard if one.method == "POST"}) == 1, "来源不止一个")


@case("4 Disputes", "对异议里的问题：答的就是问的那一个")
def dispute_answered(bank: AtBank) -> None:
    bank.ear()
    talk = bank.applied()
    asked = question_of_dispute(talk.day)
    must(talk.send("dispute.asked", asked)["state"] == "taken", "异议里的问题应当被采用")
    _, data = of_bank(talk.wait_days("dispute.answered"))
    told = (data.dispute_id, data.question_id)
    must(told == (asked["dispute_id"], asked["question_id"]), f"答的是别的问题：{told}")


@case("4 Agreement", "从条件到协议：接受、起草、两边签字、停止催收，哈希从头到尾不变")
def whole_talk(bank: AtBank) -> None:
    bank.ear()
    talk = bank.applied()
    event, offer = of_bank(talk.wait_days("offer.made", "application.accepted"))
    made = event["type"] == "heyue.offer.made.v1"
    terms = offer.terms.for_engine() if made else talk.application["asked"]["terms"]
    taken = talk.send("offer.accepted", {"offer_id": offer.offer_id, "hash": offer.hash})
    must(taken["state"] == "taken", f"接受没有被采用：{taken['problem']}")
    agreement_id, paper = str(uuid.uuid4()), document(b"%PDF-1.4 " + json.dumps(terms).encode())
    drawn = {
        "agreement_id": agreement_id,
        "offer_id": offer.offer_id,
        "schedule_hash": offer.hash,
        "terms": terms,
        "document": paper,
    }
    must(talk.send("agreement.drawn", drawn)["state"] == "taken", "协议文本没有被采用")
    signed = {
        "agreement_id": agreement_id,
        "document_sha256": paper["sha256"],
        "signed_at": instant_text(machine_now()),
        "method": "one-time-code",
    }
    must(talk.send("agreement.signed", signed)["state"] == "taken", "持卡人的签字没有被采用")
    _, by_bank = of_bank(talk.wait_days("agreement.signed"))
    must(by_bank.agreement_id == agreement_id, "签的是别的协议")
    must(by_bank.document_sha256 == hashlib.sha256(_content(paper)).hexdigest(), "签的不是这份文件")
    must(by_bank.schedule_hash == offer.hash, "签字时还款表的哈希变了")
    talk.wait_days("collection.stopped")


def _content(paper: dict[str, str]) -> bytes:
    return b64decode(paper["base64"])
