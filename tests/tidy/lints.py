"""The house's own lints: what ruff and import contracts cannot see.

Each is a function of one file's text (or parsed tree) that returns breaches; none knows where files are.
`test_lints.py` shows what each one catches and lets pass, `test_house.py` runs them over the project.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

SOURCE_LINES_MAX = 500
TEST_LINES_MAX = 600
FUNCTION_LINES_MAX = 70

NAMED_FOR_THEIR_KIND = frozenset(
    {"util", "utils", "helper", "helpers", "misc", "common", "schemas", "constants", "enums", "exceptions"}
    | {"errors", "services", "managers", "signals", "sorting"}
)
LOOPBACK_AND_NAMESPACES = ("127.0.0.1", "localhost", "www.w3.org")


@dataclass(frozen=True)
class Breach:
    """One place that breaks a rule of the house: the line and what to do instead."""

    line: int
    words: str


Lint = Callable[[str], list[Breach]]


def _dotted(node: ast.expr) -> str:
    """Write `a.b.c` for the expression that names it, "" for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else f".{node.attr}"
    return ""


def _calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


def _functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _matches(source: str, pattern: str, words: str, flags: int = 0) -> list[Breach]:
    found = re.finditer(pattern, source, flags)
    return [Breach(source.count("\n", 0, match.start()) + 1, words) for match in found]


# ── sizes and names ────────────────────────────────────────────────────────────────────────────────────


def file_too_long(source: str, lines_max: int = SOURCE_LINES_MAX) -> list[Breach]:
    """A file of more lines than one reads at a sitting is split by meaning."""
    lines = source.count("\n") + (not source.endswith("\n"))
    return [Breach(lines, f"{lines} lines, at most {lines_max}: split it by meaning")] if lines > lines_max else []


def function_too_long(source: str) -> list[Breach]:
    """A function has at most seventy lines, its signature included."""
    return [
        Breach(f.lineno, f"{f.name} has {lines} lines, at most {FUNCTION_LINES_MAX}")
        for f in _functions(source)
        if (lines := (f.end_lineno or f.lineno) - f.lineno + 1) > FUNCTION_LINES_MAX
    ]


def named_for_its_kind(module: str) -> list[Breach]:
    """A module is named for what it holds, not `utils` (takes a dotted or slashed path)."""
    parts = re.split(r"[./]", module)
    return [Breach(1, f"{part}: name it for what it holds") for part in parts if part in NAMED_FOR_THEIR_KIND]


# ── time, money, states, queries ───────────────────────────────────────────────────────────────────────


def asks_the_machines_clock(source: str) -> list[Breach]:
    """Only `heyue.clock` asks the machine what time it is."""
    asking = re.compile(
        r"(^|\.)(date\.today|datetime\.(now|today|utcnow)|timezone\.(now|localdate|localtime)|time\.time)$"
    )
    return [
        Breach(call.lineno, f"{name}(): ask heyue.clock, or take the date as an argument")
        for name, call in _calls(source)
        if asking.search(name)
    ]


def turns_money_into_float(source: str) -> list[Breach]:
    """Money is whole fen; `float(…)` has no place where it is worked out."""
    return [
        Breach(call.lineno, "float(): money is whole fen; a rate is a Rate or a Decimal")
        for name, call in _calls(source)
        if name == "float"
    ]


def writes_a_state(source: str) -> list[Breach]:
    """A state is written by `heyue.acts.move` alone: no assignment, `update`, `setattr` or bulk write."""
    words = "a state is written by acts.move and acts.begin alone"
    found = []
    for node in ast.walk(ast.parse(source)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = [t for target in node.targets for t in ast.walk(target) if isinstance(t, ast.expr)]
        elif isinstance(node, ast.AugAssign | ast.AnnAssign) and (node.__class__ is ast.AugAssign or node.value):
            targets = [node.target]
        found += [Breach(t.lineno, words) for t in targets if isinstance(t, ast.Attribute) and t.attr == "state"]
    for name, call in _calls(source):
        by_keyword = name.endswith((".update", ".update_or_create")) and any(k.arg == "state" for k in call.keywords)
        by_name = name == "setattr" or name.endswith(".bulk_update")
        if by_keyword or (by_name and any(_is_text(n, "state") for a in call.args for n in ast.walk(a))):
            found.append(Breach(call.lineno, words))
    return found


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def queries_unscoped(source: str) -> list[Breach]:
    """A face asks a stage's reads, which start from what the actor may see; it queries no model itself."""
    return [
        Breach(node.lineno, f"{_dotted(node)}: ask the stage's reads, which know what this actor may see")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
    ]


def listens_to_signals(source: str) -> list[Breach]:
    """What follows from a fact stands in `journey.py`; Django's signals hide it."""
    return [
        Breach(node.lineno, "signals: say what follows in journey.FOLLOWS")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and re.match(r"django\.(dispatch|.*signals)", node.module or "")
    ]


_WEB_REQUEST = re.compile(r"\b(Http|Wsgi|WSGI)?Request\b")


def takes_a_request(source: str) -> list[Breach]:
    """A verb takes values and an actor, never a web request."""
    return [
        Breach(f.lineno, f"{f.name} takes a request: take the values, the face has parsed them")
        for f in _functions(source)
        for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)
        if (a.arg == "request" and not a.annotation)
        or (a.annotation and _WEB_REQUEST.search(ast.unparse(a.annotation)))
    ]


def opens_a_file(source: str) -> list[Breach]:
    """The engine opens nothing: what it needs comes in as arguments."""
    opening = re.compile(r"^(io\.)?open$|\.(open|read_text|read_bytes|write_text|write_bytes)$")
    return [
        Breach(call.lineno, f"{name}(): pass the content in") for name, call in _calls(source) if opening.search(name)
    ]


def undocumented(source: str) -> list[Breach]:
    """A public function says in one sentence what it does, and what it returns."""
    tree = ast.parse(source)
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    found = [Breach(f.lineno, f"{f.name} has no docstring") for f in public if not ast.get_docstring(f)]
    return found + [Breach(f.lineno, f"{f.name} has no return type") for f in public if f.returns is None]


# ── any text ───────────────────────────────────────────────────────────────────────────────────────────


def unfinished(source: str) -> list[Breach]:
    """What is left to do is an issue, not a mark in the text."""
    return _matches(source, r"\b(TO(?:DO)|FIX(?:ME)|XX(?:X)|HA(?:CK))\b", "unfinished: do it, or file an issue")


def names_a_machine(source: str) -> list[Breach]:
    """No path of one developer's machine and no package index stands in the project."""
    path = r"(?<![\w.~-])/(work|farm|home|root|Users)/\w"
    index = r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|(deb|security)\.debian\.org"
    return _matches(source, path, "a path of one machine") + _matches(source, index, "a package index's address")


def has_emoji(source: str) -> list[Breach]:
    """Pictures are icons of the sprite, which follow colour and size; an emoji follows the phone's maker."""
    return _matches(source, "[\U0001f300-\U0001faff\ufe0f]", "an emoji: take an icon from heyue/icons.svg")


# ── pages ──────────────────────────────────────────────────────────────────────────────────────────────


def reaches_another_host(source: str) -> list[Breach]:
    """A page asks no other host for anything."""
    found = re.finditer(r"https?://([^/\s\"'<>:)]+)|(?:src|href)=[\"']//([^/\s\"']+)", source)
    return [
        Breach(source.count("\n", 0, match.start()) + 1, f"{host}: vendor it, nothing is fetched at run time")
        for match in found
        if (host := match[1] or match[2]) not in LOOPBACK_AND_NAMESPACES and not host.startswith("{")
    ]


def has_inline_code(template: str) -> list[Breach]:
    """A strict content security policy holds only without inline style, script and handlers."""
    words = "inline style or script: the content security policy refuses it"
    bare = re.sub(
        r"\{#.*?#\}|\{% comment.*?endcomment %\}", lambda m: re.sub(r"[^\n]", " ", m[0]), template, flags=re.S
    )
    inline = r"<style\b|<script\b(?![^>]*\bsrc=)|<[^>]*\s(style|on[a-z]+|hx-on[\w:-]*)\s*=|javascript:"
    return _matches(bare, inline, words, re.I)


def says_chinese_untranslated(template: str) -> list[Breach]:
    """Every string that a person sees is a message id, so that it can be said in another language."""
    said = (
        r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->"
        r"|\{% blocktrans(late)?\b.*?endblocktrans(late)? %\}|\{% trans(late)? .*?%\}"
        r"|_\((\"[^\"]*\"|'[^']*')\)"
    )
    bare = re.sub(said, lambda m: re.sub(r"[^\n]", " ", m[0]), template, flags=re.S)
    return [
        Breach(number, f"{match[0]}: wrap it in translate or blocktranslate")
        for number, line in enumerate(bare.splitlines(), 1)
        if (match := re.search(r"[\u4e00-\u9fff][^<{]{0,20}", line))
    ]


# ── dated data ─────────────────────────────────────────────────────────────────────────────────────────


def record_without_origin(text: str) -> list[Breach]:
    """Each record of law or practice says its unit, its source and its days (an end is explicit)."""
    found = []
    for number, record in enumerate(yaml.safe_load(text) or [], 1):
        missing = [key for key in ("id", "unit", "source", "from") if not record.get(key)]
        missing += [key for key in ("value", "to") if key not in record]
        if missing:
            found.append(Breach(number, f"record {record.get('id', number)} lacks {', '.join(missing)}"))
    return found
