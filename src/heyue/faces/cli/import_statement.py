"""``heyue import FILE``: a bank's statement file as JSON, each field with its confidence.

``events`` are rows as `heyue interest` reads them (its field names and kinds), with ours beside: ``row`` is the row's
own kind, so that interest and late fees, which the engine charges itself, can be left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heyue.engine.bad_input import BadInput
from heyue.engine.money import yuan
from heyue.faces.cli.json_command import add_pretty, answer

if TYPE_CHECKING:  # the readers of files are an extra of the package, and loaded only when asked
    from heyue.wallet.statement_files.result import Check, Found, Proof, Reading, Row, Statement

_WORDS = {
    "unknown-layout": "没见过这种账单的版式。可以用逐列对应的办法导入：告诉我们哪一列是日期、哪一列是金额",
    "missing-label": "认得这家银行，但账单里找不到下面这些内容，什么都没有导入",
    "unread-rows": "有几行看着像交易却没有读懂，什么都没有导入",
    "not-a-statement": "这不是信用卡账单",
    "no-data": "这封邮件只是通知，账单要在银行的 App 里查看",
    "look-alike-sender": "发件人的地址像银行，但不是银行",
    "needs-password": "文件有密码，请用 --password-file 给出",
    "wrong-password": "密码不对",
    "locked": "这种加密方式打不开，请先在电脑上另存为不加密的文件",
    "garbled": "里面的文字是乱码，请换一种方式下载",
    "image-only": "里面只有图片，没有读出文字",
    "too-large": "文件太大，或者里面的内容太多",
    "damaged": "文件已损坏，或者只有一半",
    "unsupported": "不支持这种文件，请用 PDF、邮件（.eml）、CSV、Excel 或照片",
}


class NotImported(BadInput):
    """The file was read and carries nothing to import; ``code`` names how it ended."""

    def __init__(self, code: str, errors: list[tuple[str, str]]) -> None:
        super().__init__(errors)
        self.code = f"statement-{code}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A file, where its password stands, and the answer's form."""
    parser.add_argument("file", metavar="FILE", help="PDF、邮件、CSV、Excel 或照片，- 为标准输入")
    parser.add_argument("--password-file", metavar="FILE", help="文件里的第一行是打开账单的密码")
    add_pretty(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the file."""
    return answer(arguments, lambda: _imported(arguments.file, arguments.password_file))


def _imported(file: str, password_file: str | None) -> dict[str, Any]:
    try:
        from heyue.wallet.statement_files import read_file

        lines = _bytes(password_file).decode("utf-8", "replace").splitlines() if password_file else []
        reading = read_file(_bytes(file), name=file, password=lines[0] if lines else "")
    except ImportError as error:
        raise BadInput([("", f"读账单需要另装：pip install heyue[statements]（缺 {error.name}）")]) from None
    if not reading.carries:
        raise NotImported(reading.outcome.value, _errors(reading))
    found = [_statement(statement) for statement in reading.statements]
    answer = {"outcome": reading.outcome.value, **found[0]}
    if len(found) > 1:
        answer["more"] = found[1:]
    return answer


def _bytes(file: str) -> bytes:
    from heyue.wallet.statement_files.reading import BYTES_MAX

    try:
        if file == "-":
            return sys.stdin.buffer.read(BYTES_MAX + 1)
        with Path(file).open("rb") as opened:
            return opened.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise BadInput([("", f"读不到文件 {file}：{getattr(error, 'strerror', None) or error}")]) from None


def _errors(reading: Reading) -> list[tuple[str, str]]:
    errors = [("", _WORDS[reading.outcome.value])]
    errors += [
        (f"/statement/{_NAMES.get(name, name)}", f"没有找到「{_SAID.get(name, name)}」") for name in reading.missing
    ]
    return errors + [("/events", f"没有读懂的一行：{line}") for line in reading.unread]


_NAMES = {
    "statement_date": "date", "due_date": "due_date", "new_balance": "balance", "min_payment": "minimum_payment",
    "previous_balance": "previous_balance", "payments": "payments", "new_charges": "new_charges",
    "adjustments": "adjustments", "interest": "charged_interest", "fees": "fees",
}  # fmt: skip
_SAID = {
    "statement_date": "账单日", "due_date": "到期还款日", "new_balance": "本期应还款额", "min_payment": "最低还款额",
}  # fmt: skip
_KINDS = {
    "purchase": "purchase", "cash_advance": "cash_advance", "payment": "payment", "refund": "refund", "fee": "fee",
    "interest": "fee", "late_fee": "fee", "instalment": "purchase", "reward": "refund",
}  # fmt: skip


def _statement(statement: Statement) -> dict[str, Any]:
    """One statement; sums of other currencies than yuan stand apart."""
    rows = [row for row in statement.rows if row.currency == "CNY"]
    card = statement.cards[0] if statement.cards else None
    found = {
        "issuer": statement.issuer.value,
        "card": card.value if card else None,
        "cards": [one.value for one in statement.cards],
        "confidence": {"issuer": _sure(statement.issuer), **({"card": _sure(card)} if card else {})},
        "statement": _summary(statement, rows),
        "events": [event for row in rows if (event := _event(row)) is not None],
        "events_available": statement.rows_available,
        "layout": statement.layout,
        "medium": statement.medium,
        "identity": statement.identity,
        "proof": _proof(statement.proof),
        "warnings": list(statement.warnings),
    }
    others = [name for name in statement.accounts if name != "CNY"]
    others += [row.currency for row in statement.rows if row.currency != "CNY" and row.currency not in others]
    if others:
        found["other_currencies"] = [_other(statement, name) for name in dict.fromkeys(others)]
    return found


def _summary(statement: Statement, rows: list[Row]) -> dict[str, Any]:
    account = statement.accounts.get("CNY")
    values: dict[str, Any] = {
        "date": statement.statement_date, "due_date": statement.due_date, "cycle_start": statement.cycle_start,
        "cycle_end": statement.cycle_end, "credit_limit": statement.credit_limit,
    }  # fmt: skip
    values |= {_NAMES[name]: found for name, found in (account.sums if account else {}).items()}
    summary: dict[str, Any] = {name: _value(found.value) for name, found in values.items() if found is not None}
    for name in ("date", "due_date", "balance", "minimum_payment"):
        summary.setdefault(name, None)
    if statement.rows_available:
        summary["interest"] = _sum_of(rows, "interest")
        summary["late_fee"] = _sum_of(rows, "late_fee")
    summary["confidence"] = {name: _sure(found) for name, found in values.items() if found is not None}
    if statement.rows_available:
        least = {
            name: min((row.kind.confidence for row in rows if row.kind.value == name), default=80)
            for name in ("interest", "late_fee")
        }
        summary["confidence"] |= {name: _ratio(percent) for name, percent in least.items()}
    return summary


def _event(row: Row) -> dict[str, Any] | None:
    """A row as an event; a row of 0.00, or between the card's own accounts, is none."""
    kind = _KINDS.get(row.kind.value.value)
    fen = row.amount.value
    if kind is None or not fen:
        return None
    if fen < 0 and kind in ("purchase", "cash_advance", "fee"):
        kind = "refund"  # taken back
    if fen > 0 and kind in ("payment", "refund"):
        kind = "fee"  # a payment or a reward taken back is owed again
    found: dict[str, Any] = {
        "date": row.post_date.value.isoformat(),
        "kind": kind,
        "amount": yuan(abs(fen)),
        "row": row.kind.value.value,
        "description": row.description.value,
        "identity": row.identity,
        "confidence": {"date": _sure(row.post_date), "kind": _sure(row.kind), "amount": _sure(row.amount)},
    }
    found["confidence"]["description"] = _sure(row.description)
    for name, one in (("card", row.tail), ("transaction_date", row.txn_date)):
        if one is not None:
            found[name] = _value(one.value)
            found["confidence"][name] = _sure(one)
    if row.original:
        found["original"] = row.original
    return found


def _other(statement: Statement, currency: str) -> dict[str, Any]:
    account = statement.accounts.get(currency)
    sums: Mapping[str, Found[int]] = account.sums if account else {}
    return {
        "currency": currency,
        "statement": {
            **{_NAMES[name]: yuan(found.value) for name, found in sums.items()},
            "confidence": {_NAMES[name]: _sure(found) for name, found in sums.items()},
        },
        "events": [event for row in statement.rows if row.currency == currency and (event := _event(row)) is not None],
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "standing": proof.standing.value,
        "checks": [
            {"name": check.name, "currency": check.currency, **_figures(check), "holds": not check.difference}
            for check in proof.checks
        ],
    }


def _figures(check: Check) -> dict[str, Any]:
    if check.name == "rows":
        return {"printed": str(check.printed), "reckoned": str(check.reckoned), "difference": str(check.difference)}
    return {name: yuan(getattr(check, name)) for name in ("printed", "reckoned", "difference")}


def _sum_of(rows: list[Row], kind: str) -> str:
    return yuan(sum(row.amount.value for row in rows if row.kind.value == kind))


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else yuan(value)


def _sure(found: Found[Any]) -> str:
    return _ratio(found.confidence)


def _ratio(percent: int) -> str:
    return f"{percent // 100}.{percent % 100:02d}"
