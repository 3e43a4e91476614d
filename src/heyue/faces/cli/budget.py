"""``heyue budget FILE``: what a household can pay each month, compared with what people near it spend."""

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

from heyue.engine.bad_input import BadInput, read_date
from heyue.engine.budget import Budget, affordable
from heyue.engine.money import yuan
from heyue.faces.cli.json_command import add_file, answer_file
from heyue.policy.living_cost import guideline
from heyue.policy.load import NoRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One input file."""
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the file."""
    return answer_file(arguments, _answer)


def _answer(value: Any) -> dict[str, Any]:
    """``region`` stands for its guideline, as it was known on ``as_of``."""
    if isinstance(value, Mapping) and "region" in value:
        region, as_of = value["region"], read_date(value.get("as_of"))
        if not isinstance(region, str) or not region.isalnum():
            raise BadInput([("/region", "应为行政区划代码，或 CN")])
        if as_of is None:
            raise BadInput([("/as_of", "给了 region，就要给日期，写作 YYYY-MM-DD")])
        if "guideline" in value:
            raise BadInput([("/guideline", "region 和 guideline 只能给一个")])
        value = {name: entry for name, entry in value.items() if name != "region"}
        value["guideline"] = _guideline(region, as_of)
    return _as_json(affordable(value))


def _guideline(region: str, as_of: date) -> dict[str, Any]:
    try:
        return guideline(region, as_of)
    except NoRecord:
        raise BadInput([("/as_of", "那时还没有收录生活费参照")]) from None


def _as_json(budget: Budget) -> dict[str, Any]:
    def reason(code: str, amount_fen: int, words: str) -> dict[str, str]:
        return {"code": code, "amount": yuan(amount_fen), "words": words}

    return {
        "monthly_affordable": [yuan(amount_fen) for amount_fen in budget.monthly_fen],
        "savings": yuan(budget.savings_fen),
        "reasons": [reason(one.code, one.amount_fen, one.words) for one in budget.reasons],
        "months": [
            {
                "month": month.on.isoformat()[:7],
                "income": yuan(month.income_fen),
                "expenses": yuan(month.expenses_fen),
                "affordable": yuan(month.affordable_fen),
                "changes": [reason(one.code, one.amount_fen, one.words) for one in month.changes],
            }
            for month in budget.months
        ],
        "notes": [
            {**reason(note.code, note.amount_fen, note.words), "category": note.category} for note in budget.notes
        ],
    }
