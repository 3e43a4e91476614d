"""Refusals as the protocol words them: RFC 9457 problems with the codes of its section 1."""

from typing import Any

from fastapi.responses import Response

from sandbox_bank.database import as_json

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "signature-missing": "请求没有签名",
    "signature-invalid": "签名不对",
    "signature-expired": "签名过期了",
    "nonce-replayed": "这个签名用过了",
    "digest-mismatch": "内容和摘要对不上",
    "unknown-key": "不认识这把钥匙",
    "idempotency-key-missing": "缺少 Idempotency-Key",
    "idempotency-key-reused": "同一个 Idempotency-Key 换了内容",
    "malformed": "内容不合格式",
    "unknown-negotiation": "没有这个协商",
    "unknown-link": "没有这个授权",
    "not-our-customer": "不是本行客户",
    "grant-expired": "材料授权过期了",
    "too-large": "内容太大",
    "rate-limited": "请求太密",
    "scope-missing": "没有开通这一项",
    "version-unknown": "不认识这个协议版本",
    "media-type": "内容的类型不对",
    "length-required": "要先说内容有多长",
    "no-such-operation": "没有这个操作",
}
Errors = list[dict[str, str]]


class Problem(Exception):
    """A request or message that the bank refuses; `code` is one of the protocol's."""

    def __init__(self, status: int, code: str, detail: str, errors: Errors | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors or []

    def body(self) -> dict[str, Any]:
        """The problem as JSON."""
        problem: dict[str, Any] = {
            "type": f"urn:heyue:problem:{self.code}",
            "title": TITLES[self.code],
            "status": self.status,
            "detail": self.detail,
        }
        return {**problem, "errors": self.errors} if self.errors else problem

    def response(self) -> Response:
        """The problem as an HTTP answer."""
        return Response(as_json(self.body()), self.status, media_type=MEDIA_TYPE)
