"""Proofs by grant: fetched from the platform when the officer opens one, never kept."""

import hashlib
import json

import httpx
from fastapi.responses import Response

from sandbox_bank import database, desk, onboarding, signing
from sandbox_bank.bank import Bank, Work
from sandbox_bank.business_clock import machine_now
from sandbox_bank.problems import Problem

FETCH_SECONDS_MAX = 15.0


def fetched(bank: Bank, negotiation_id: str, proof_id: str) -> Response:
    """The proof's bytes, when the platform gives them and they are those of the application."""
    proof = bank.reading(lambda work: _listed(work, negotiation_id, proof_id))
    url = httpx.URL(bank.platform_url).join(proof["grant"])
    if url.netloc != httpx.URL(bank.platform_url).netloc:
        raise Problem(422, "malformed", "材料的地址不在平台上")
    with database.opened(bank.path) as connection:
        key, keyid = onboarding.private_key(connection), database.setting(connection, "keyid")
    target = signing.Target("GET", url.netloc.decode(), url.path, url.query.decode())
    headers = signing.sign(target, key, keyid, int(machine_now().timestamp()))
    try:
        response = httpx.get(url, headers=headers, timeout=FETCH_SECONDS_MAX, trust_env=False)
    except httpx.HTTPError as error:
        raise Problem(502, "malformed", f"平台没有连上：{error}") from None
    if response.status_code != 200:
        raise Problem(502, "malformed", f"平台没有给：{response.status_code} {response.text[:300]}")
    if hashlib.sha256(response.content).hexdigest() != proof["sha256"]:
        raise Problem(502, "digest-mismatch", "材料和申请里的摘要对不上")
    return Response(response.content, media_type=proof["media_type"], headers={"content-disposition": "inline"})


def _listed(work: Work, negotiation_id: str, proof_id: str) -> dict[str, str]:
    case = desk.case_row(work, negotiation_id)
    for proof in json.loads(case["body"])["proofs"]:
        if proof["id"] == proof_id:
            found: dict[str, str] = proof
            return found
    raise Problem(404, "malformed", "申请里没有这份材料")
