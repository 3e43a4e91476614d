"""Requests whose answers are kept as golden bytes: the worked examples, and many made ones from fixed seeds.

``python -m tests.engine.golden_requests`` writes the file of a new engine version; that of an old one is never
written again.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from heyue.engine.bad_input import BadInput
from heyue.engine.canonical import canonical
from heyue.engine.interest import account
from heyue.engine.money import yuan
from heyue.engine.recommend import recommend
from heyue.engine.schedule import METHODS, schedule
from heyue.engine.version import ENGINE_VERSION
from tests.engine.worked_examples import cases

FOLDER = Path(__file__).parent / "golden"
COMMANDS: dict[str, Callable[[Any], Any]] = {"interest": account, "schedule": schedule, "recommend": recommend}
MADE = {"interest": 60, "schedule": 60, "recommend": 12}


def file_of(version: str) -> Path:
    """The golden file of one engine version."""
    return FOLDER / f"engine-{version}.json"


def answered(command: str, given: Any) -> str:
    """The canonical answer, or the pointers of what is bad."""
    try:
        return canonical(COMMANDS[command](given))
    except BadInput as refused:
        return canonical([pointer for pointer, _ in refused.errors])


def digests() -> dict[str, str]:
    """The digest of every golden answer, by name."""
    return {name: hashlib.sha256(answered(command, given).encode()).hexdigest() for name, command, given in requests()}


def requests() -> Iterator[tuple[str, str, Any]]:
    """Name, command and input."""
    for command, count in MADE.items():
        for seed in range(count):
            yield f"{command} {seed}", command, _MAKERS[command](random.Random(f"{command} {seed}"))


def written_out() -> Iterator[tuple[str, str, Any]]:
    """The few whose answers are kept whole, so that a difference can be read."""
    for command in ("interest", "schedule"):
        case = cases(command)[0]
        yield f"{command}: {case['name']}", command, case["given"]


def _interest(chance: random.Random) -> dict[str, Any]:
    start = date(2026, 1, 1) + timedelta(days=chance.randrange(800))
    span = chance.randrange(30, 400)
    kinds = ("purchase", "purchase", "cash_advance", "payment", "payment", "refund", "fee")
    asked: dict[str, Any] = {
        "terms": {
            "daily_rate": chance.choice(("0.0005", "0.00035", "0.000499999999")),
            "method": chance.choice(("full", "partial")),
            "statement_day": chance.choice((1, 5, 17, 28, 31)),
            "due_after_days": chance.choice((15, 18, 20, 25)),
            "grace_days": chance.choice((0, 3)),
            "tolerance": chance.choice(("0", "10")),
            "minimum_ratio": chance.choice(("0.05", "0.1")),
            "late_fee_ratio": chance.choice(("0", "0.05")),
            "late_fee_minimum": chance.choice(("0", "10")),
            "count_payment_day": chance.random() < 0.3,
            "compound": chance.random() < 0.7,
        },
        "events": [
            {
                "date": (start + timedelta(days=chance.randrange(span))).isoformat(),
                "kind": chance.choice(kinds),
                "amount": yuan(chance.randrange(1, 900_000)),
            }
            for _ in range(chance.randrange(1, 30))
        ],
        "until": (start + timedelta(days=span)).isoformat(),
    }
    if chance.random() < 0.5:
        overdue_since = (start - timedelta(days=chance.randrange(120))).isoformat()
        parts = {kind: yuan(chance.randrange(900_000)) for kind in ("purchase", "cash_advance", "interest", "fee")}
        asked["opening"] = {"date": start.isoformat(), **parts, "overdue_since": overdue_since}
    return asked


def _schedule(chance: random.Random) -> dict[str, Any]:
    method = chance.choice(METHODS)
    asked: dict[str, Any] = {
        "principal": yuan(chance.randrange(100_000, 50_000_000)),
        "down_payment": yuan(chance.choice((0, 10_000))),
        "periods": chance.choice((1, 3, 12, 24, 36, 48, 60)),
        "method": method,
        "first_due": (date(2026, 1, 1) + timedelta(days=chance.randrange(1_500))).isoformat(),
        "due_day": chance.randrange(1, 32),
    }
    if method != "interest_free":
        name = chance.choice(("monthly_rate", "annual_rate"))
        asked[name] = (
            f"0.{chance.randrange(0, 15_000):06d}" if name == "monthly_rate" else f"0.{chance.randrange(2_000):04d}"
        )
    return asked


def _recommend(chance: random.Random) -> dict[str, Any]:
    debts = [
        {
            "id": f"d{number}",
            "bank": f"B{number}",
            "balance": yuan(chance.randrange(500_000, 8_000_000)),
            "waivable": yuan(chance.randrange(0, 400_000)),
            "overdue_days": chance.randrange(300),
            "policy": {
                "method": "flat_fee",
                "monthly_rate": chance.choice(("0.002", "0.003", "0.0045")),
                "periods": [12, 24, 36, 48, 60],
                "down_payment_ratios": ["0", "0.05"],
                "waiver_ratios": ["0", "0.5"],
                "usual": {"periods": 36, "down_payment_ratio": "0", "waiver_ratio": "0"},
            },
        }
        for number in range(chance.randrange(2, 5))
    ]
    budget = {
        "monthly_affordable": yuan(chance.randrange(200_000, 900_000)),
        "savings": yuan(chance.randrange(300_000)),
    }
    return {"as_of": "2026-11-24", "budget": budget, "debts": debts}


_MAKERS: dict[str, Callable[[random.Random], Any]] = {
    "interest": _interest, "schedule": _schedule, "recommend": _recommend,
}  # fmt: skip


def main() -> None:
    """Write the golden file of this version, once."""
    file = file_of(ENGINE_VERSION)
    if file.exists():
        raise SystemExit(f"{file.name} stands already: a changed answer needs a new ENGINE_VERSION")
    whole = {name: {"given": given, "answer": answered(command, given)} for name, command, given in written_out()}
    found = {"engine": ENGINE_VERSION, "answers": whole, "sha256": digests()}
    file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
