"""Bad input as one RFC 9457 object on standard error."""

import json
import sys
from collections.abc import Sequence

EXIT_ANSWERED = 0
EXIT_NO = 1
EXIT_BAD_INPUT = 2
EXIT_OUR_FAULT = 70


def report_bad_input(errors: Sequence[tuple[str, str]], code: str = "bad-input") -> None:
    """Write every bad field, each with its JSON Pointer; ``code`` ends the problem's type."""
    _report(
        {
            "type": f"urn:heyue:problem:{code}",
            "title": "输入有误",
            "detail": f"有 {len(errors)} 处需要改正",
            "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in errors],
        }
    )


def report_our_fault(error: Exception) -> None:
    """Write that the program itself failed: the kind of failure, never a traceback."""
    _report(
        {
            "type": "urn:heyue:problem:internal",
            "title": "程序出错",
            "detail": f"{type(error).__name__}: {error}",
            "errors": [],
        }
    )


def _report(problem: dict[str, object]) -> None:
    text = json.dumps(problem, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sys.stderr.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stderr.buffer.flush()
