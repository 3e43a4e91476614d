"""What a signature costs: sign and verify by each suite, bare and as the gateway does it (parsed, rules, digest)."""

import argparse
import warnings
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rounds import compare

from heyue.gateway import sm2
from heyue.gateway.signing import Incoming, Signer, verify

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL = "https://gateway.example.cn/v1/negotiations/0197a3c0-5b8e-7c3a-9d54-2f6f0f6f1c11/events"
BODY = b'{"data":"' + b"x" * 1000 + b'"}'
HEADERS = {"content-type": "application/cloudevents+json", "idempotency-key": "0197a3c0-4444-7c3a-9d54-2f6f0f6f1c77"}
SUITES = {"Ed25519": Ed25519PrivateKey.generate, "SM2": sm2.Sm2PrivateKey.generate}


def signed(signer: Signer) -> httpx.Request:
    """One event, signed as the worker signs it."""
    request = httpx.Request("POST", URL, content=BODY, headers=HEADERS)
    signer.sign(request, NOW)
    return request


def bare(key: object, number: int) -> tuple[Callable[[], int], Callable[[], int]]:
    """Sign and verify so many kilobytes with nothing around."""
    signature = key.sign(BODY)  # type: ignore[attr-defined]
    public = key.public_key()  # type: ignore[attr-defined]

    def sign() -> int:
        return sum(len(key.sign(BODY)) for _ in range(number))  # type: ignore[attr-defined]

    def check() -> int:
        for _ in range(number):
            public.verify(signature, BODY)
        return 64 * number

    return sign, check


def whole(signer: Signer, number: int) -> tuple[Callable[[], int], Callable[[], int]]:
    """Sign and verify so many requests as the gateway does."""
    request = signed(signer)
    incoming = Incoming("POST", URL, dict(request.headers), BODY)
    keys = {signer.keyid: signer.key.public_key()}

    def sign() -> int:
        return 64 * sum(bool(signed(signer).headers["signature"]) for _ in range(number))

    def check() -> int:
        return 64 * sum(bool(verify(incoming, keys.get, NOW, national=True).nonce) for _ in range(number))

    return sign, check


def main() -> None:
    """Compare each suite with bare Ed25519."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--number", type=int, default=200)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    contenders: dict[str, dict[str, Callable[[], int]]] = {"sign": {}, "verify": {}}
    for name, generate in SUITES.items():
        key = generate()
        for how, (sign, check) in (
            ("bare", bare(key, given.number)),
            ("request", whole(Signer("bench-1", key), given.number)),
        ):
            contenders["sign"][f"{name}, {how}"] = sign
            contenders["verify"][f"{name}, {how}"] = check
    for what, ones in contenders.items():
        compare(f"{what}, 1 kB", ones, "Ed25519, bare", given.number, "signatures", given.rounds)


if __name__ == "__main__":
    main()
