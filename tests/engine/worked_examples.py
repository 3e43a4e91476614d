"""Runs worked examples that a banker can write: given, expected, and the sums behind the figures.

A sum is arithmetic in plain text; it is evaluated exactly and must equal the answer's figure to the fen.
"""

import ast
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from heyue.engine.money import round_half_up, yuan

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    """The cases of one file, each with name, source, given, expected and sums."""
    found = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    for case in found:
        assert {"name", "source", "given", "expected"} <= set(case), case.get("name")
        assert case["source"].startswith(("published: ", "invented, for: ")), case["name"]
    return list(found)


def check(case: dict[str, Any], answer: Any) -> None:
    """Hold an answer against what the case expects (names left out are not judged) and against its sums."""
    assert_holds(case["expected"], answer, case["name"])
    for path, text in case.get("sums", {}).items():
        expected = yuan(round_half_up(evaluate(text) * 100))
        assert figure(answer, path) == expected, f"{case['name']}: {path} = {text}"


def assert_holds(expected: Any, answer: Any, at: str) -> None:
    """Every expected name and list entry is in the answer with the same value."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert_holds(value, answer[name], f"{at}.{name}")
    elif isinstance(expected, list):
        assert len(expected) == len(answer), f"{at}: {len(answer)} entries, expected {len(expected)}"
        for index, value in enumerate(expected):
            assert_holds(value, answer[index], f"{at}.{index}")
    else:
        assert answer == expected, f"{at}: {answer!r}, expected {expected!r}"


def figure(answer: Any, path: str) -> Any:
    """The figure at a dotted path."""
    for token in path.split("."):
        answer = answer[int(token)] if token.isdigit() else answer[token]
    return answer


def evaluate(text: str) -> Fraction:
    """Evaluate + - * / ** over exact numbers."""
    return _value(ast.parse(text, mode="eval").body, text)


def _value(node: ast.expr, text: str) -> Fraction:
    if isinstance(node, ast.Constant):
        return Fraction(text[node.col_offset : node.end_col_offset])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, text)
    assert isinstance(node, ast.BinOp), f"not arithmetic: {text}"
    left, right = _value(node.left, text), _value(node.right, text)
    if isinstance(node.op, ast.Pow):
        return left ** int(right)
    if isinstance(node.op, ast.Div):
        return left / right
    if isinstance(node.op, ast.Mult):
        return left * right
    return left + right if isinstance(node.op, ast.Add) else left - right
