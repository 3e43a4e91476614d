"""What the platform must do (gateway-v1 sections 1, 3 and 4): events in their order, lists, proofs, what it sends."""

from __future__ import annotations

import hashlib
import uuid
from base64 import b64decode
from itertools import pairwise
from typing import Any

from heyue.engine.money import fen, yuan
from heyue.engine.schedule import build
from heyue.gateway import wire
from heyue.gateway.conformance.at_platform import ASSIGNED, AtPlatform, body_of
from heyue.gateway.conformance.case import Cases, Skipped, answered, must, refused
from heyue.gateway.conformance.door import Ask, changed
from heyue.gateway.conformance.listener import Heard
from heyue.gateway.signing import public_key

EVENTS = "4 Events"
APPLICATION = "3 Application"
TRIES = 3
"""The kit lets the application in at its third try (``faces/cli/conformance.py``)."""
PAYMENT = {"payment_id": "test-1", "date": "2026-12-18", "amount": "1.00", "text": "协议检验"}

cases: Cases[AtPlatform] = Cases("platform")
case = cases.case


# ── what can be asked ────────────────────────────────────────────────────────────────────────────────────────────────


@case("1 Keys", "平台的公钥可查，不用签名")
def keys_are_told(platform: AtPlatform) -> None:
    told = wire.shaped(wire.PlatformKeys, answered(platform.door.send(Ask("GET", "/v1/keys"), {}), 200).json)
    must(told.keys, "一把钥匙也没有")
    for key in told.keys:
        public_key(key.public_key)


@case("1 Rate limits", "签过名的请求，回答里说限额和余量")
def quota_is_told(platform: AtPlatform) -> None:
    headers = platform.door.ask(platform.get).headers
    must(headers.get("ratelimit-policy", "").count(";q=") == 1, "缺 RateLimit-Policy")
    must(headers.get("ratelimit", "").count(";r=") == 1, "缺 RateLimit")


@case("1 Rate limits", "余量一次次变少")
def quota_goes_down(platform: AtPlatform) -> None:
    left = [_left(platform) for _ in range(3)]
    # A minute may end in between; then it begins anew once.
    must(sum(a <= b for a, b in pairwise(left)) <= 1, f"余量没有变少：{left}")


def _left(platform: AtPlatform) -> int:
    told = platform.door.ask(platform.get).headers.get("ratelimit", "")
    return int(told.partition(";r=")[2].partition(";")[0] or -1)


@case("1 Paging", "本行的协商，一页一条也能走完，不重不漏")
def negotiations_page_by_page(platform: AtPlatform) -> None:
    whole = [line["id"] for line in platform.lines()]
    single = [line["id"] for line in platform.lines(1)]
    must(whole == single == sorted(set(whole)), "一条一页和一次取完的结果不同")


@case("1 Paging", "游标不是给过的样子：指出 /after")
def cursor_that_is_none(platform: AtPlatform) -> None:
    reply = platform.door.ask(Ask("GET", "/v1/negotiations?after=x"))
    refused(reply, 422, "malformed", pointer="/after")


@case("1 Paging", "一页要太多：指出 /limit")
def page_too_long(platform: AtPlatform) -> None:
    refused(platform.door.ask(Ask("GET", "/v1/negotiations?limit=100000")), 422, "malformed", pointer="/limit")


@case("1 Paging", "一页要零条：指出 /limit")
def page_of_nothing(platform: AtPlatform) -> None:
    refused(platform.door.ask(Ask("GET", "/v1/negotiations?limit=0")), 422, "malformed", pointer="/limit")


@case(EVENTS, "没发过的事件：问下落得 404")
def fate_of_nothing(platform: AtPlatform) -> None:
    refused(platform.door.ask(platform.get), 404, "unknown-negotiation")


@case(EVENTS, "没有的协商：404，不保留")
def unknown_negotiation(platform: AtPlatform) -> None:
    ask = platform.post()
    refused(platform.door.ask(ask), 404, "unknown-negotiation")
    refused(platform.door.ask(changed(ask, body=ask.body + b" ")), 404, "unknown-negotiation")


@case(EVENTS, "协商的编号不成样子：404")
def negotiation_that_is_no_id(platform: AtPlatform) -> None:
    ask = changed(platform.post(), path="/v1/negotiations/not-an-id/events")
    refused(platform.door.ask(ask), 404, "unknown-negotiation")


@case(APPLICATION, "没有的材料授权：404")
def grant_of_nothing(platform: AtPlatform) -> None:
    refused(platform.door.ask(Ask("GET", f"/v1/proofs/{uuid.uuid4()}")), 404, "grant-expired")


@case(APPLICATION, "材料授权的编号不成样子：404")
def grant_that_is_no_id(platform: AtPlatform) -> None:
    refused(platform.door.ask(Ask("GET", "/v1/proofs/..%2f..%2fetc")), 404, "grant-expired", "no-such-operation")


# ── the application that comes ───────────────────────────────────────────────────────────────────────────────────────


def _application(platform: AtPlatform) -> tuple[Heard, wire.Application]:
    heard = platform.applied()[-1]
    return heard, wire.shaped(wire.Application, heard.json)


@case(APPLICATION, "申请签得好，键是它的编号")
def application_is_signed(platform: AtPlatform) -> None:
    heard, told = _application(platform)
    must(not heard.wrong, f"签名不对：{heard.wrong}")
    must(heard.headers.get("idempotency-key") == told.id, "Idempotency-Key 要是申请的 id")


@case(APPLICATION, "申请表是 PDF，摘要对得上")
def form_is_whole(platform: AtPlatform) -> None:
    _, told = _application(platform)
    content = b64decode(told.form.base64, validate=True)
    must(content.startswith(b"%PDF-"), "申请表不是 PDF")
    must(hashlib.sha256(content).hexdigest() == told.form.sha256, "申请表的摘要不对")


@case(APPLICATION, "申请的条件算得出它说的哈希，欠款是各张卡之和")
def application_adds_up(platform: AtPlatform) -> None:
    _, told = _application(platform)
    must(build(told.asked.terms.for_engine()).hash == told.asked.hash, "还款表的哈希不对")
    must(sum(card.balance for card in told.debt.structure) == told.debt.balance, "欠款不等于各张卡之和")
    principal = fen(told.asked.terms.for_engine()["principal"])
    must(principal == told.debt.balance - told.asked.waived, "分期本金不等于欠款减去减免")


@case("1 Retries", "先答 503、再断线：同一份申请再来，签名是新的")
def application_is_retried(platform: AtPlatform) -> None:
    tries = platform.applied(TRIES)
    must(len({one.body for one in tries}) == 1, "重试的内容要一个字节也不差")
    must(len({one.headers.get("idempotency-key") for one in tries}) == 1, "重试要用同一个键")
    nonces = {one.verified.nonce for one in tries if one.verified}
    must(len(nonces) == len(tries), "每次重试都要有新的签名")


@case("1 Standard Webhooks", "webhook-id 就是键，webhook-timestamp 是秒")
def webhook_names(platform: AtPlatform) -> None:
    heard, told = _application(platform)
    must(heard.headers.get("webhook-id") == told.id, "webhook-id 要等于 Idempotency-Key")
    must(heard.headers.get("webhook-timestamp", "").isdigit(), "webhook-timestamp 要是秒")


@case(APPLICATION, "材料凭授权取得到，摘要对得上")
def proofs_are_fetched(platform: AtPlatform) -> None:
    _, told = _application(platform)
    if not told.proofs:
        raise Skipped("这份申请没有带材料")
    for proof in told.proofs:
        path = "/v1/" + proof.grant.partition("/v1/")[2]
        reply = answered(platform.door.ask(Ask("GET", path)), 200)
        must(hashlib.sha256(reply.body).hexdigest() == proof.sha256, f"{proof.id} 的摘要不对")
        must(reply.headers.get("cache-control") == "no-store", "材料不应被缓存")
        refused(platform.door.send(Ask("GET", path), {}), 401, "signature-missing")


@case(APPLICATION, "回执里的摘要不对：不采用，并说明")
def receipt_of_another_form(platform: AtPlatform) -> None:
    _, told = _application(platform)
    event = platform.event("application.received", _receipt(told, "0" * 64))
    answered(platform.door.ask(platform.ask(event)), 202)
    fate = platform.judged(event)
    must(fate["state"] == "refused", "回执的摘要不对，不应采用")
    must(str((fate["problem"] or {}).get("type", "")).endswith("digest-mismatch"), f"应是 digest-mismatch：{fate}")


@case(APPLICATION, "回执对了：采用")
def receipt(platform: AtPlatform) -> None:
    _, told = _application(platform)
    event = platform.event("application.received", _receipt(told, told.form.sha256))
    answered(platform.door.ask(platform.ask(event)), 202)
    must(platform.judged(event)["state"] == "taken", "回执应当被采用")


@case("1 Problems", "条件和哈希对不上：不采用，说明是哈希不对")
def offer_with_another_hash(platform: AtPlatform) -> None:
    _, told = _application(platform)
    offer = {
        "offer_id": str(uuid.uuid4()),
        "terms": told.asked.terms.for_engine(),
        "waived": yuan(told.asked.waived),
        "hash": "0" * 64,
        "interest_after_base_date": "waived",
        "valid_until": told.asked.terms.for_engine()["first_due"][:8] + "01",
    }
    event = platform.event("offer.made", offer)
    answered(platform.door.ask(platform.ask(event)), 202)
    fate = platform.judged(event)
    must(fate["state"] == "refused", "哈希不对的条件不应采用")
    must(str((fate["problem"] or {}).get("type", "")).endswith("hash-mismatch"), f"应是 hash-mismatch：{fate}")


def _receipt(told: wire.Application, sha256: str) -> dict[str, Any]:
    return {
        "application_number": told.number,
        "form_sha256": sha256,
        "received_at": f"{told.base_date.isoformat()}T01:00:00Z",
        "received_on": told.base_date.isoformat(),
    }


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@case(EVENTS, "事件收下：202，随后有结论")
def event_is_stored_and_judged(platform: AtPlatform) -> None:
    event = platform.event("officer.assigned", ASSIGNED)
    told = answered(platform.door.ask(platform.ask(event)), 202).json
    must(told.get("id") == event["id"], "202 的 id 要是事件的 id")
    must(str(told.get("stored_at", "")).endswith("Z"), "202 要有 stored_at（UTC）")
    platform.judged(event)


@case(EVENTS, "收下之后，下一个序号加一")
def count_goes_on(platform: AtPlatform) -> None:
    before = platform.next_sequence()
    answered(platform.door.ask(platform.ask(platform.event("officer.assigned", ASSIGNED, before))), 202)
    must(platform.next_sequence() == before + 1, "next_sequence 没有加一")


@case(EVENTS, "先到的后一个事件等着，前一个到了再一起判")
def early_events_wait(platform: AtPlatform) -> None:
    number = platform.next_sequence()
    first, second = (platform.event("officer.assigned", ASSIGNED, number + n) for n in (0, 1))
    answered(platform.door.ask(platform.ask(second)), 202)
    must(platform.fate(second)["state"] == "waiting", "前一个还没到，后面的应当等着")
    answered(platform.door.ask(platform.ask(first)), 202)
    for event in (first, second):
        platform.judged(event)


@case(EVENTS, "同一个事件来三次：同样的回答")
def event_three_times(platform: AtPlatform) -> None:
    ask = platform.ask(platform.event("officer.assigned", ASSIGNED))
    replies = {(one.status, one.body) for one in (platform.door.ask(ask) for _ in range(3))}
    must(len(replies) == 1, "三次回答不同")


@case(EVENTS, "两个事件用同一个序号：指出 /sequence")
def sequence_taken(platform: AtPlatform) -> None:
    number = platform.next_sequence()
    answered(platform.door.ask(platform.ask(platform.event("officer.assigned", ASSIGNED, number))), 202)
    reply = platform.door.ask(platform.ask(platform.event("officer.assigned", ASSIGNED, number)))
    refused(reply, 422, "malformed", pointer="/sequence")


ANSWERED = {"dispute_id": str(uuid.uuid4()), "question_id": "q-1", "position": "informs", "text": "协议检验"}


@case(EVENTS, "没有的异议：不采用，说明是没有这件")
def dispute_of_nothing(platform: AtPlatform) -> None:
    event = platform.event("dispute.answered", ANSWERED)
    answered(platform.door.ask(platform.ask(event)), 202)
    fate = platform.judged(event)
    must(fate["state"] == "refused", "没有的异议不应采用")
    must(str((fate["problem"] or {}).get("type", "")).endswith("unknown-dispute"), f"应是 unknown-dispute：{fate}")


@case(EVENTS, "对异议的看法不认识：指出字段")
def position_that_is_none(platform: AtPlatform) -> None:
    event = platform.event("dispute.answered", ANSWERED | {"position": "perhaps"})
    _pointed(platform, event, "/data/position")


def _pointed(platform: AtPlatform, event: dict[str, Any], pointer: str) -> None:
    refused(platform.door.ask(platform.ask(event)), 422, "malformed", pointer=pointer)


@case(EVENTS, "subject 是别的协商：指出 /subject")
def another_subject(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", ASSIGNED, subject=str(uuid.uuid4())), "/subject")


@case(EVENTS, "来源是别家银行：指出 /source")
def another_source(platform: AtPlatform) -> None:
    event = platform.event("officer.assigned", ASSIGNED, source="urn:heyue:bank:somebody-else")
    _pointed(platform, event, "/source")


@case(EVENTS, "来源写成平台自己：指出 /source")
def source_of_the_platform(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", ASSIGNED, source=wire.PLATFORM_SOURCE), "/source")


@case(EVENTS, "平台才发的事件：指出 /type")
def type_of_the_platform(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("offer.accepted", {"offer_id": "o", "hash": "0" * 64}), "/type")


@case(EVENTS, "不认识的事件：指出 /type")
def unknown_type(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("coffee.made", {}), "/type")


@case(EVENTS, "CloudEvents 版本不对：指出 /specversion")
def another_specversion(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", ASSIGNED, specversion="0.3"), "/specversion")


@case(EVENTS, "id 不是 Idempotency-Key：指出 /id")
def another_id(platform: AtPlatform) -> None:
    ask = changed(platform.ask(platform.event("officer.assigned", ASSIGNED)), key=str(uuid.uuid4()))
    refused(platform.door.ask(ask), 422, "malformed", pointer="/id")


@case(EVENTS, "序号从 1 起：0 被拒")
def sequence_nought(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", ASSIGNED, 0), "/sequence")


@case("1 Values", "序号写成数字，不是字符串")
def sequence_as_a_number(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", ASSIGNED, 0) | {"sequence": 1}, "/sequence")


@case("1 Values", "业务日期不合格式")
def day_that_is_none(platform: AtPlatform) -> None:
    event = platform.event("officer.assigned", ASSIGNED, 0, businessdate="16/11/2026")
    _pointed(platform, event, "/businessdate")


@case("1 Values", "时间不合格式")
def instant_that_is_none(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", ASSIGNED, 0, time="昨天"), "/time")


@case(EVENTS, "数据缺字段：指出是哪一个")
def event_without_a_field(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("officer.assigned", {"name": "某人"}), "/data/staff_number")


@case("1 Values", "金额写成数字：指出字段")
def amount_as_a_number(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("payment.posted", PAYMENT | {"amount": 1}), "/data/amount")


@case("1 Values", "金额三位小数：指出字段")
def amount_below_a_fen(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("payment.posted", PAYMENT | {"amount": "1.005"}), "/data/amount")


@case("1 Values", "金额是负的：指出字段")
def amount_below_nought(platform: AtPlatform) -> None:
    _pointed(platform, platform.event("payment.posted", PAYMENT | {"amount": "-1.00"}), "/data/amount")


@case("1 Values", "文字里有 U+0000：指出 /data")
def text_that_cannot_be_kept(platform: AtPlatform) -> None:
    event = platform.event("question.asked", {"question_id": "q", "text": "a\u0000b"})
    refused(platform.door.ask(changed(platform.ask(event), body=body_of(event))), 422, "malformed", pointer="/data")


@case("1 Values", "多出来的字段不理会")
def unknown_fields(platform: AtPlatform) -> None:
    event = platform.event("officer.assigned", ASSIGNED | {"room": 3}, traceparent="00-1")
    answered(platform.door.ask(platform.ask(event)), 202)
