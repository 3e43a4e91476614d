"""The little of RFC 8941 (structured fields) that signature headers need."""

import base64
import binascii
import re
from dataclasses import dataclass

_KEY = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"(?:[^"\\]|\\["\\])*"'
_ITEM = rf"(?:{_STRING}|-?[0-9]{{1,15}}|:[A-Za-z0-9+/=]*:|\?[01]|[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*)"
_PARAMETER = re.compile(rf";({_KEY})(?:=({_ITEM}))?")
_INNER_LIST = re.compile(rf"\(((?:{_STRING}(?: {_STRING})*)?)\)")
_MEMBER_START = re.compile(rf"({_KEY})=")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
LENGTH_MAX = 4096


class NotStructured(ValueError):
    """The header is not the structured field that it should be."""


@dataclass(frozen=True)
class InnerList:
    """An inner list of strings with its parameters, and the text that it was read from."""

    items: tuple[str, ...]
    parameters: dict[str, str | int]
    raw: str


def _value(item: str) -> str | int:
    if item.startswith('"'):
        return re.sub(r"\\(.)", r"\1", item[1:-1])
    return int(item) if re.fullmatch(r"-?[0-9]+", item) else item


def _separator(text: str, position: int) -> int:
    """The place after a comma between members, or the end."""
    if position == len(text):
        return position
    comma = _COMMA.match(text, position)
    if comma is None or comma.end() == len(text):
        raise NotStructured("members are not separated by commas")
    return comma.end()


def _parameters(text: str, position: int) -> tuple[dict[str, str | int], int]:
    found: dict[str, str | int] = {}
    while parameter := _PARAMETER.match(text, position):
        name, item = parameter.groups()
        if name in found:
            raise NotStructured(f"parameter {name} comes twice")
        found[name] = _value(item) if item is not None else 1
        position = parameter.end()
    return found, position


def inner_lists(text: str) -> dict[str, InnerList]:
    """A dictionary whose members are inner lists, as `Signature-Input` is."""
    members: dict[str, InnerList] = {}
    text, position = _limited(text), 0
    while position < len(text):
        start = _MEMBER_START.match(text, position)
        body = _INNER_LIST.match(text, start.end()) if start else None
        if start is None or body is None or start[1] in members:
            raise NotStructured("not a dictionary of inner lists")
        parameters, end = _parameters(text, body.end())
        items = tuple(re.findall(r'"([^"]*)"', body[1]))
        members[start[1]] = InnerList(items, parameters, text[start.end() : end])
        position = _separator(text, end)
    return members


def byte_sequences(text: str) -> dict[str, bytes]:
    """A dictionary whose members are byte sequences, as `Signature` and `Content-Digest` are."""
    members: dict[str, bytes] = {}
    text, position = _limited(text), 0
    while position < len(text):
        start = _MEMBER_START.match(text, position)
        body = _BYTES.match(text, start.end()) if start else None
        if start is None or body is None or start[1] in members:
            raise NotStructured("not a dictionary of byte sequences")
        try:
            members[start[1]] = base64.b64decode(body[1], validate=True)
        except binascii.Error as error:
            raise NotStructured("not base64") from error
        position = _separator(text, body.end())
    return members


def byte_sequence(value: bytes) -> str:
    """A byte sequence as a structured field writes it."""
    return f":{base64.b64encode(value).decode()}:"


def _limited(text: str) -> str:
    text = text.strip(" \t")
    if len(text) > LENGTH_MAX or not text.isascii():
        raise NotStructured("too long, or not ASCII")
    return text
