"""Reads one JSON document strictly: UTF-8, no duplicate names, no NaN, no half characters, within a limit."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from heyue.engine.bad_input import BadInput, step

BYTES_MAX = 64 * 1024 * 1024


class _Object(dict[str, Any]):
    """A JSON object that remembers the names that came twice."""

    twice: tuple[str, ...] = ()


def read_json(name: str) -> tuple[Any, list[tuple[str, str]]]:
    """Read a file, or standard input for ``-``: its value, and the flaws, with pointers, that leave the rest readable.

    Of a name that comes twice the last value counts. Raises BadInput when it is no JSON document at all.
    """
    try:
        text = _read(name).decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise BadInput([("", "不是 UTF-8 编码的文本")]) from None
    except RecursionError:
        raise BadInput([("", "JSON 嵌套太深")]) from None
    except OSError as error:
        raise BadInput([("", f"读不到文件 {name}：{error.strerror}")]) from None
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput([("", f"不是有效的 JSON：{error}")]) from None
    return value, list(_flaws(value))


def _read(name: str) -> bytes:
    if name == "-":
        content = sys.stdin.buffer.read(BYTES_MAX + 1)
    else:
        with Path(name).open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise BadInput([("", f"输入超过 {BYTES_MAX} 字节")])
    return content


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        found.twice = tuple(name for name in found if counts[name] > 1)
    return found


def _refuse(word: str) -> NoReturn:
    raise BadInput([("", f"不是有效的 JSON：{word}")])


def _flaws(value: Any) -> Iterator[tuple[str, str]]:
    """Names that came twice, and strings with half a character, each with its pointer."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        at, one = waiting.pop()
        if isinstance(one, str) and not is_text(one):
            yield at, "含有不成对的代理字符"
        elif isinstance(one, list):
            waiting.extend((step(at, index), entry) for index, entry in enumerate(one))
        elif isinstance(one, _Object):
            yield from ((step(at, name), "这个字段出现了两次") for name in one.twice)
            for name, entry in one.items():
                if not is_text(name):
                    yield at, "字段名含有不成对的代理字符"
                waiting.append((step(at, name), entry))


def is_text(text: str) -> bool:
    """Whether every character is whole."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
