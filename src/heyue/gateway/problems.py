"""Refusals as the protocol words them: RFC 9457 problems with the codes of gateway-v1 section 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heyue.engine.refusal import Refusal, words

MEDIA_TYPE = "application/problem+json"
URN = "urn:heyue:problem:"

TITLES = {
    "signature-missing": words("请求没有签名"),
    "signature-invalid": words("签名不对"),
    "signature-expired": words("签名过期了"),
    "nonce-replayed": words("这个签名用过了"),
    "digest-mismatch": words("内容和摘要对不上"),
    "unknown-key": words("不认识这把钥匙"),
    "idempotency-key-missing": words("缺少 Idempotency-Key"),
    "idempotency-key-reused": words("同一个 Idempotency-Key 换了内容"),
    "malformed": words("内容不合格式"),
    "unknown-negotiation": words("没有这个协商"),
    "unknown-link": words("没有这个授权"),
    "not-our-customer": words("不是本行客户"),
    "grant-expired": words("材料授权过期了"),
    "too-large": words("内容太大"),
    "rate-limited": words("请求太密"),
    "scope-missing": words("没有开通这一项"),
    "version-unknown": words("不认识这个协议版本"),
    "media-type": words("内容的类型不对"),
    "length-required": words("要先说内容有多长"),
    "no-such-operation": words("没有这个操作"),
}


class Problem(Refusal):
    """A request that is refused at the door; ``code`` is one of ``TITLES``, ``errors`` name bad fields."""

    def __init__(self, code: str, status: int, detail: str = "", errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(code, TITLES[code], status=status)
        self.detail = detail
        self.errors = tuple(errors)


def as_json(refusal: Refusal, title: str = "") -> dict[str, Any]:
    """Write a refusal as an RFC 9457 object; ``title`` replaces its untranslated sentence."""
    said: dict[str, Any] = {
        "type": URN + refusal.code,
        "title": title or str(refusal),
        "status": refusal.status,
        "detail": (refusal.detail if isinstance(refusal, Problem) else "") or str(refusal),
    }
    if isinstance(refusal, Problem) and refusal.errors:
        said["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in refusal.errors]
    elif refusal.field:
        said["errors"] = [{"pointer": f"/data/{refusal.field}", "detail": str(refusal)}]
    return said
