"""The English translation is whole, keeps every place and tag, and is what the compiled file says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

HEYUE = Path(__file__).resolve().parents[2] / "src" / "heyue"
ENGLISH = HEYUE / "locale" / "en" / "LC_MESSAGES" / "django.po"
CALLS = {"_", "lazy", "words", "gettext", "gettext_lazy", "ngettext"}
REFRESH = "run .venv/bin/python bin/lib/refresh_translations.py (docs/guide/translate.md)"
SMS_SIGNATURE = "【和约】"


@cache
def english() -> polib.POFile:
    return polib.pofile(str(ENGLISH), wrapwidth=0)


def places(text: str) -> set[str]:
    """What a sentence must keep: the places that are filled in, and its tags."""
    return set(re.findall(r"%\(\w+\)[a-z]|%%|<[^>]+>", text))


def in_code(source: str) -> Iterator[str]:
    """The message ids of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for argument in node.args[:1] if name in CALLS else ():
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def in_template(source: str) -> Iterator[str]:
    """The message ids of a template, as Django itself turns it into code for gathering."""
    for quoted in re.findall(r"\b_?n?(?:gettext)?\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")", templatize(source)):
        yield ast.literal_eval(quoted)


def test_every_string_of_a_page_is_in_the_translation() -> None:
    known = {entry.msgid for entry in english()}
    said: set[str] = set()
    for path in sorted(HEYUE.rglob("*.py")):
        if "migrations" not in path.parts and "cli" not in path.parts:
            said |= set(in_code(path.read_text(encoding="utf-8")))
    for path in sorted(HEYUE.rglob("*.html")):
        said |= set(in_template(path.read_text(encoding="utf-8")))
    assert len(said) > 1500, "the strings are found"
    assert sorted(text for text in said if text and text not in known) == [], REFRESH


def test_no_string_is_without_english_and_none_is_guessed() -> None:
    assert [entry.msgid for entry in english() if not entry.translated()] == [], REFRESH
    assert [entry.msgid for entry in english() if "fuzzy" in entry.flags] == [], REFRESH


def test_every_place_and_tag_is_kept() -> None:
    lost = []
    for entry in english():
        if entry.msgid_plural:
            kept = all(places(said) <= places(entry.msgid_plural) for said in entry.msgstr_plural.values())
            kept &= places(entry.msgstr_plural[1]) == places(entry.msgid_plural)
        else:
            kept = places(entry.msgstr) == places(entry.msgid)
        if not kept:
            lost.append(entry.msgid)
    assert lost == []


@pytest.mark.parametrize("what", [r"[\u3400-\u9fff，。：；（）！]", r"!", r"\bplease note\b|\bfailed\b"])
def test_english_is_english_and_calm(what: str) -> None:
    said = [text for e in english() for text in (e.msgstr, *e.msgstr_plural.values())]
    assert [text for text in said if re.search(what, text.removeprefix(SMS_SIGNATURE), re.IGNORECASE)] == []


def test_the_compiled_file_is_the_text() -> None:
    compiled = {
        (e.msgid, e.msgid_plural): (e.msgstr, e.msgstr_plural) for e in polib.mofile(str(ENGLISH.with_suffix(".mo")))
    }
    text = {(e.msgid, e.msgid_plural): (e.msgstr, e.msgstr_plural) for e in english() if e.translated()}
    assert compiled == text, REFRESH
