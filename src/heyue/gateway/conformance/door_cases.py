"""What holds at both sides' doors (gateway-v1 section 1): signatures, digests, keys, idempotency, bodies, problems."""

from __future__ import annotations

import secrets
import threading
import uuid
from time import sleep
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.gateway.conformance.case import Cases, Reply, answered, must, problem, refused
from heyue.gateway.conformance.door import Ask, Door, Forged, changed
from heyue.gateway.signing import LABEL, Signer

SIGNING = "1 Signature"
KEYS = "1 Idempotency-Key"
BODIES = "1 Store, answer, judge"
PAUSE_SECONDS = 0.3
AT_ONCE = 8


class DoorSide(Protocol):
    """The side that is judged, as the door's cases see it."""

    door: Door
    too_large_bytes: int

    @property
    def get(self) -> Ask:
        """A GET that is answered 404 with a code of the protocol when it is signed well."""

    @property
    def get_with_query(self) -> Ask:
        """A GET with a query that is answered without a fault of the signature."""

    def post(self) -> Ask:
        """A POST that is signed and shaped well, under a fresh key; it leaves nothing that matters."""

    def kept_post(self) -> Ask:
        """The same, and its answer is kept. Raises ``Skipped`` where that cannot be tried."""

    def elsewhere(self) -> str:
        """Another address that takes POSTs of the same kind."""


cases: Cases[DoorSide] = Cases("door")
case = cases.case


def _not_refused(reply: Reply) -> None:
    """The signature was taken, whatever else was answered."""
    must(
        reply.status not in (401, 403) and reply.status < 500,
        f"签名应当被接受，实际 {reply.status} {reply.code} {reply.shown}",
    )


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────────────


@case(SIGNING, "签得好的 GET 进得来")
def good_get(side: DoorSide) -> None:
    _not_refused(side.door.ask(side.get))


@case(SIGNING, "签得好的 POST 进得来")
def good_post(side: DoorSide) -> None:
    _not_refused(side.door.ask(side.post()))


@case(SIGNING, "查询串也在签名里")
def good_query(side: DoorSide) -> None:
    _not_refused(side.door.ask(side.get_with_query))


@case(SIGNING, "没签名的 POST 被拒")
def unsigned_post(side: DoorSide) -> None:
    ask = side.post()
    headers = side.door.signed(ask, Forged(without=("signature", "signature-input")))
    refused(side.door.send(ask, headers), 401, "signature-missing")


@case(SIGNING, "没签名的 GET 被拒")
def unsigned_get(side: DoorSide) -> None:
    refused(side.door.send(side.get, {}), 401, "signature-missing")


@case(SIGNING, "只有 Signature-Input，没有 Signature")
def no_signature(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(without=("signature",))), 401, "signature-missing")


@case(SIGNING, "只有 Signature，没有 Signature-Input")
def no_signature_input(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(without=("signature-input",))), 401, "signature-missing")


@case(SIGNING, "过期的签名被拒")
def expired(side: DoorSide) -> None:
    refused(side.door.ask(side.post(), Forged(created=-400)), 401, "signature-expired")


@case(SIGNING, "刚过期几秒也算过期")
def just_expired(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(created=-65, lifetime=60)), 401, "signature-expired")


@case(SIGNING, "对方的钟快半分钟，仍然接受")
def clock_half_a_minute_ahead(side: DoorSide) -> None:
    _not_refused(side.door.ask(side.get, Forged(created=30)))


@case(SIGNING, "对方的钟慢半分钟，仍然接受")
def clock_half_a_minute_behind(side: DoorSide) -> None:
    _not_refused(side.door.ask(side.get, Forged(created=-30)))


@case(SIGNING, "签于五分钟之后，被拒")
def from_the_future(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(created=300)), 401, "signature-invalid")


@case(SIGNING, "有效期超过 300 秒，被拒")
def lives_too_long(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(lifetime=3600)), 401, "signature-invalid")


@case(SIGNING, "过期时间早于签名时间，被拒")
def expires_before_created(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(created=30, lifetime=-10)), 401, "signature-invalid", "signature-expired")


@case("1 Keys", "不认识的钥匙")
def unknown_key(side: DoorSide) -> None:
    stranger = Signer(f"nobody-{secrets.token_hex(4)}", Ed25519PrivateKey.generate())
    refused(side.door.ask(side.post(), Forged(signer=stranger)), 401, "unknown-key")


@case("1 Keys", "冒用钥匙的名字")
def impostor(side: DoorSide) -> None:
    thief = Signer(side.door.keyid, Ed25519PrivateKey.generate())
    refused(side.door.ask(side.post(), Forged(signer=thief)), 401, "signature-invalid")


@case("1 Suites", "写着别的算法，被拒")
def other_algorithm(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(alg="hmac-sha256")), 401, "signature-invalid")


@case("1 Suites", "钥匙只按它自己的算法签，被拒")
def algorithm_of_another_suite(side: DoorSide) -> None:
    other = "ed25519" if side.door.alg == "sm2-sm3" else "sm2-sm3"
    refused(side.door.ask(side.get, Forged(alg=other)), 401, "signature-invalid")


@case(SIGNING, "重放的请求被拒")
def replayed(side: DoorSide) -> None:
    ask = side.post()
    headers = side.door.signed(ask)
    _not_refused(side.door.send(ask, headers))
    refused(side.door.send(ask, headers), 401, "nonce-replayed")


@case(SIGNING, "重放的 GET 被拒")
def replayed_get(side: DoorSide) -> None:
    headers = side.door.signed(side.get)
    _not_refused(side.door.send(side.get, headers))
    refused(side.door.send(side.get, headers), 401, "nonce-replayed")


@case(SIGNING, "缺 nonce，被拒")
def no_nonce(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(bare=("nonce",))), 401, "signature-invalid")


@case(SIGNING, "nonce 不足 16 字节，被拒")
def short_nonce(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(nonce="abc")), 401, "signature-invalid")


@case(SIGNING, "缺 created，被拒")
def no_created(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(bare=("created",))), 401, "signature-invalid")


@case(SIGNING, "缺 expires，被拒")
def no_expires(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(bare=("expires",))), 401, "signature-invalid")


@case(SIGNING, "缺 keyid，被拒")
def no_keyid(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(bare=("keyid",))), 401, "signature-invalid")


@case(SIGNING, "改过路径，被拒")
def tampered_path(side: DoorSide) -> None:
    other = changed(side.get, path=side.get.path + "0")
    refused(side.door.ask(side.get, Forged(of=other)), 401, "signature-invalid")


@case(SIGNING, "改过查询串，被拒")
def tampered_query(side: DoorSide) -> None:
    signed = side.get_with_query
    refused(side.door.ask(changed(signed, path=signed.path + "1"), Forged(of=signed)), 401, "signature-invalid")


@case(SIGNING, "签名之后加了查询串，被拒")
def added_query(side: DoorSide) -> None:
    refused(
        side.door.ask(changed(side.get, path=side.get.path + "?x=1"), Forged(of=side.get)), 401, "signature-invalid"
    )


@case(SIGNING, "改过方法，被拒")
def tampered_method(side: DoorSide) -> None:
    other = changed(side.get, method="POST")
    headers = side.door.signed(side.get, Forged(of=other))
    refused(side.door.send(side.get, headers), 401, "signature-invalid")


@case(SIGNING, "签给别的主机名，被拒")
def signed_for_another_host(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(authority="elsewhere.example")), 401, "signature-invalid")


@case(SIGNING, "连同 Host 一起换成别家，也被拒")
def sent_under_another_host(side: DoorSide) -> None:
    headers = side.door.signed(side.get, Forged(authority="elsewhere.example"))
    reply = side.door.send(side.get, headers, host="elsewhere.example")
    good = side.door.ask(side.get)
    must(400 <= reply.status < 500, f"应当拒绝（4xx），实际 {reply.status}")
    must(not reply.code or reply.code != good.code, f"像给自己的请求一样答了：{reply.status} {reply.code}")


@case(SIGNING, "改过内容，被拒")
def tampered_body(side: DoorSide) -> None:
    ask = side.post()
    refused(side.door.send(changed(ask, body=ask.body + b" "), side.door.signed(ask)), 400, "digest-mismatch")


@case(SIGNING, "改过 Content-Type，被拒")
def tampered_media_type(side: DoorSide) -> None:
    ask = side.post()
    headers = side.door.signed(ask) | {"content-type": "application/json; charset=utf-8"}
    refused(side.door.send(ask, headers), 401, "signature-invalid")


@case(SIGNING, "改过 Idempotency-Key，被拒")
def tampered_key(side: DoorSide) -> None:
    ask = side.post()
    headers = side.door.signed(ask) | {"idempotency-key": str(uuid.uuid4())}
    refused(side.door.send(ask, headers), 401, "signature-invalid")


@case(SIGNING, "缺 Content-Digest，被拒")
def no_digest(side: DoorSide) -> None:
    refused(side.door.ask(side.post(), Forged(without=("content-digest",))), 401, "signature-invalid")


@case(SIGNING, "只给别的摘要算法，被拒")
def digest_of_another_kind(side: DoorSide) -> None:
    forged = Forged(digest="sha-512=:" + "A" * 86 + "==:")
    refused(side.door.ask(side.post(), forged), 400, "digest-mismatch")


@case(SIGNING, "摘要签对了，内容不是它，被拒")
def digest_of_another_body(side: DoorSide) -> None:
    forged = Forged(digest="sha-256=:" + "A" * 43 + "=:")
    refused(side.door.ask(side.post(), forged), 400, "digest-mismatch")


@case(SIGNING, "签名没有覆盖摘要，被拒")
def digest_not_covered(side: DoorSide) -> None:
    forged = Forged(components=("@method", "@authority", "@path"))
    refused(side.door.ask(side.post(), forged), 401, "signature-invalid")


@case(SIGNING, "覆盖的项目换了次序，被拒")
def components_in_another_order(side: DoorSide) -> None:
    forged = Forged(components=("@path", "@authority", "@method"))
    refused(side.door.ask(side.get, forged), 401, "signature-invalid")


@case(SIGNING, "签名换了标签，被拒")
def another_label(side: DoorSide) -> None:
    refused(side.door.ask(side.get, Forged(label="other")), 401, "signature-invalid")


@case(SIGNING, "Signature-Input 读不懂，被拒")
def unreadable_input(side: DoorSide) -> None:
    headers = side.door.signed(side.get) | {"signature-input": f"{LABEL}=(((("}
    refused(side.door.send(side.get, headers), 401, "signature-invalid")


@case(SIGNING, "签名被截短，被拒")
def truncated_signature(side: DoorSide) -> None:
    headers = side.door.signed(side.get)
    headers["signature"] = f"{LABEL}=:AAAA:"
    refused(side.door.send(side.get, headers), 401, "signature-invalid")


@case(SIGNING, "路径里的百分号编码，按原样验签")
def encoded_path(side: DoorSide) -> None:
    _not_refused(side.door.ask(changed(side.get, path=side.get.path + "%20%E5%85%83")))


# ── keys of repetitions ──────────────────────────────────────────────────────────────────────────────────────────────


@case(KEYS, "POST 没有 Idempotency-Key")
def no_key(side: DoorSide) -> None:
    forged = Forged(components=("@method", "@authority", "@path", "content-digest", "content-type"))
    refused(side.door.ask(changed(side.post(), key=""), forged), 400, "idempotency-key-missing")


@case(KEYS, "Idempotency-Key 太长")
def long_key(side: DoorSide) -> None:
    refused(side.door.ask(changed(side.post(), key="k" * 81)), 400, "idempotency-key-missing")


@case(KEYS, "同一个键、同样内容：同样的回答，一个字节也不差")
def repeated(side: DoorSide) -> None:
    ask = side.kept_post()
    first, second = side.door.ask(ask), side.door.ask(ask)
    _not_refused(first)
    must((first.status, first.body) == (second.status, second.body), f"两次回答不同：{first.shown} / {second.shown}")


@case(KEYS, "同一个键、别的内容：拒绝")
def reused_with_another_body(side: DoorSide) -> None:
    ask = side.kept_post()
    _not_refused(side.door.ask(ask))
    refused(side.door.ask(changed(ask, body=ask.body + b"\n")), 422, "idempotency-key-reused")


@case(KEYS, "同一个键、别的地址：拒绝")
def reused_elsewhere(side: DoorSide) -> None:
    ask = side.kept_post()
    _not_refused(side.door.ask(ask))
    refused(side.door.ask(changed(ask, path=side.elsewhere())), 422, "idempotency-key-reused")


@case(KEYS, "同时来的两份：同样的回答")
def twice_at_once(side: DoorSide) -> None:
    ask = side.kept_post()
    replies: list[Reply] = []
    both = [threading.Thread(target=lambda: replies.append(side.door.ask(ask))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    must(len(replies) == 2 and len({(one.status, one.body) for one in replies}) == 1, "两份的回答不同")


@case(KEYS, "被拒的内容再来一次：同样的拒绝")
def refusal_repeated(side: DoorSide) -> None:
    ask = changed(side.kept_post(), body=b"{not json")
    first, second = side.door.ask(ask), side.door.ask(ask)
    refused(first, 400, "malformed")
    must((first.status, first.body) == (second.status, second.body), "两次拒绝不同")


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@case(BODIES, "别的媒体类型")
def other_media_type(side: DoorSide) -> None:
    refused(side.door.ask(changed(side.kept_post(), media_type="text/plain")), 415, "media-type")


@case(BODIES, "内容不是 JSON")
def no_json(side: DoorSide) -> None:
    refused(side.door.ask(changed(side.kept_post(), body=b"<xml/>")), 400, "malformed")


@case(BODIES, "内容不是 UTF-8")
def no_utf8(side: DoorSide) -> None:
    refused(side.door.ask(changed(side.kept_post(), body=b'{"id":"\xff\xfe"}')), 400, "malformed")


@case(BODIES, "内容是 JSON，但不是对象")
def no_object(side: DoorSide) -> None:
    refused(side.door.ask(changed(side.kept_post(), body=b"[1,2]")), 422, "malformed")


@case(BODIES, "空对象：指出缺的字段")
def empty_object(side: DoorSide) -> None:
    reply = side.door.ask(changed(side.kept_post(), body=b"{}"))
    refused(reply, 422, "malformed")
    must(reply.json.get("errors"), "422 要有 errors 指出字段")


@case(BODIES, "套得太深的 JSON")
def deep_json(side: DoorSide) -> None:
    reply = side.door.ask(changed(side.kept_post(), body=b"[" * 100_000 + b"]" * 100_000))
    refused(reply, reply.status if reply.status in (400, 422) else 400, "malformed")


@case(BODIES, "没有内容的 POST")
def no_body(side: DoorSide) -> None:
    reply = side.door.ask(changed(side.kept_post(), body=b""))
    must(400 <= reply.status < 500, f"应当拒绝（4xx），实际 {reply.status}")
    problem(reply)


@case(BODIES, "内容太大")
def too_large(side: DoorSide) -> None:
    ask = changed(side.post(), body=b'{"x":"' + b"x" * (side.too_large_bytes + 1) + b'"}')
    reply = side.door.ask(ask)
    must(reply.status == 413, f"应答 413，实际 {reply.status} {reply.code}")


@case(BODIES, "只发了一半就断线：什么也没留下，重发照常")
def half_written(side: DoorSide) -> None:
    ask = side.kept_post()
    side.door.send_half(ask, side.door.signed(ask))
    sleep(PAUSE_SECONDS)
    reply = side.door.ask(ask)
    _not_refused(reply)
    must(reply.code not in ("malformed", "idempotency-key-reused"), f"半份内容留下了痕迹：{reply.shown}")


@case(BODIES, "内容慢慢送来，照常收下")
def slow_body(side: DoorSide) -> None:
    ask = side.post()
    _not_refused(side.door.send_in_pieces(ask, side.door.signed(ask), lambda: sleep(PAUSE_SECONDS)))


@case(BODIES, "分块送来、没说多长：收下，或者要求说明长度")
def chunked(side: DoorSide) -> None:
    ask = side.post()
    reply = side.door.send_chunked(ask, side.door.signed(ask))
    if reply.status == 411:
        refused(reply, 411, "length-required")
    else:
        _not_refused(reply)


# ── the rest of the door ─────────────────────────────────────────────────────────────────────────────────────────────


@case("1 Version", "说明版本 1，照常")
def this_version(side: DoorSide) -> None:
    _not_refused(side.door.ask(side.get, heyue_protocol="1"))


@case("1 Version", "别的版本，不认识")
def another_version(side: DoorSide) -> None:
    refused(side.door.ask(side.get, heyue_protocol="2"), 400, "version-unknown")


@case("1 Version", "每个回答都说版本")
def version_told(side: DoorSide) -> None:
    told = side.door.ask(side.get).headers.get("heyue-protocol")
    must(told == "1", f"应有 Heyue-Protocol: 1，实际 {told}")


@case("1 Problems", "没有的地址")
def no_such_address(side: DoorSide) -> None:
    reply = side.door.ask(Ask("GET", f"/v1/{uuid.uuid4()}"))
    must(reply.status in (401, 404), f"应答 404，实际 {reply.status}")
    problem(reply)


@case("1 Problems", "没有的方法，并说明有哪些")
def no_such_method(side: DoorSide) -> None:
    reply = side.door.ask(changed(side.get, method="PUT"))
    answered(reply, 405)
    must(reply.headers.get("allow"), "405 要有 Allow")
    problem(reply)


@case("1 Problems", "接口文件公开，是 OpenAPI 3.1")
def document(side: DoorSide) -> None:
    reply = side.door.send(Ask("GET", "/v1/openapi.json"), {})
    answered(reply, 200)
    told: Any = reply.json
    must(str(told.get("openapi", "")).startswith("3.1"), "openapi 要是 3.1")
    must(told.get("paths"), "要有 paths")


@case("1 Problems", "许多请求同时来，一个都不出错")
def many_at_once(side: DoorSide) -> None:
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(side.door.ask(side.get))) for _ in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    must(len(replies) == AT_ONCE, "有请求没有等到回答")
    for reply in replies:
        _not_refused(reply)
