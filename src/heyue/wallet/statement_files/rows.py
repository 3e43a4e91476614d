"""The rows of a statement: lines that have the shape of the layout's rows, with what the headings above them say.

Whatever looks like a row (a date and a sum) and fits no shape is kept apart: a statement with such a line is not
imported at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from heyue.wallet.statement_files.amounts import currency_of, read_money
from heyue.wallet.statement_files.dates import day_of_serial, read_day
from heyue.wallet.statement_files.layout import A4_WIDTH, Heading, Layout, RowRule
from heyue.wallet.statement_files.page import Cell, Document, Line
from heyue.wallet.statement_files.plain_text import squeezed
from heyue.wallet.statement_files.shapes import Shape, shape_of, tail_of

STREAM_CELLS_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as printed: its fields' texts, and what the headings above it say."""

    fields: Mapping[str, str]
    place: str
    text: str
    section: str = ""
    sign: int = 0
    currency: str = ""
    tail: str = ""


@dataclass
class RowsFound:
    """The rows, the lines that look like rows and are none that we know, and how many pairs of dates there are."""

    rows: list[Raw] = field(default_factory=list)
    unread: list[Line] = field(default_factory=list)
    looking_like: int = 0
    notes: int = 0  # lines with dates that say something and move no money


@dataclass(frozen=True, slots=True)
class _Above:
    """What the headings so far say."""

    section: str = ""
    sign: int = 0
    currency: str = ""
    tail: str = ""

    def below(self, heading: Heading, found: re.Match[str]) -> _Above:
        named = found.groupdict()
        currency = heading.currency or currency_of(named.get("currency") or "")
        tail = tail_of(named.get("tail") or "") if "tail" in named else self.tail
        section = heading.section or (named.get("section") or "")
        return _Above(section or self.section, heading.sign or self.sign, currency or self.currency, tail)


def read_rows(document: Document, layout: Layout) -> RowsFound:
    """Find every row by the layout's rule."""
    rule = layout.rows
    found = RowsFound()
    if rule is None:
        return found
    _read(document, layout, rule, found)
    if rule.view != "header":
        pairs = _date_pairs(_within(document.lines, rule), rule)
        single = sum(not {"txn_date", "post_date"} <= set(raw.fields) for raw in found.rows)
        found.looking_like = max(pairs - found.notes + single, found.looking_like)
    return found


def _read(document: Document, layout: Layout, rule: RowRule, found: RowsFound) -> None:
    lines = _within(document.lines, rule)
    if rule.view == "stream":
        _read_stream(lines, layout, rule, found)
        return
    shapes = rule.shapes
    if rule.view == "columns":
        lines = _in_columns(lines, rule, document.width)
        shapes = shapes or (_shape_of_columns(rule),)
    if rule.view == "header":
        _read_under_header(document.lines, rule, found)
        return
    above = _Above()
    for line in lines:
        texts = _texts(line, rule)
        fields = _match(shapes, texts)
        if fields is not None and not {"amount", "charge", "credit"} & set(fields):
            found.notes += {"txn_date", "post_date"} <= set(fields)
            continue
        if fields is not None:
            found.rows.append(_raw(fields, line, above))
            found.looking_like += 1
            continue
        if any(pattern.search(line.squeezed) for pattern in rule.ignore):
            continue
        told = _told(layout, line, above)
        if told is not None:
            above = told
        elif _looks_like_row(texts, rule):
            found.unread.append(line)
            found.looking_like += 1


def _date_pairs(lines: Sequence[Line], rule: RowRule) -> int:
    """How many times two dates stand side by side, counted from the text alone, whatever a row looks like."""
    words = [
        word
        for line in lines
        if not any(pattern.search(line.squeezed) for pattern in rule.ignore)
        for text in line.texts
        for word in ([text] if read_day(text, rule.dates) else text.split(" "))
        if word
    ]
    days = [read_day(word, rule.dates) is not None for word in words]
    count, at = 0, 0
    while at + 1 < len(days):
        if days[at] and days[at + 1]:
            count, at = count + 1, at + 2
        else:
            at += 1
    return count


def header_line(lines: Sequence[Line], header: Mapping[str, Sequence[str]]) -> tuple[int, dict[str, int]] | None:
    """The first line whose cells are the names of a header, and the column of each field."""
    for index, line in enumerate(lines):
        names = [squeezed(text) for text in line.texts]
        columns = {
            name: next((at for at, shown in enumerate(names) if shown in words), -1) for name, words in header.items()
        }
        if all(at >= 0 for name, at in columns.items() if not name.endswith("*")):
            return index, {name.rstrip("*"): at for name, at in columns.items() if at >= 0}
    return None


def looks_like_row(texts: Sequence[str], dates: Sequence[str], *, one_date: bool = True) -> bool:
    """Whether cells hold the dates and the sum of a row."""
    days = sum(read_day(text, dates) is not None for text in texts[:6])
    sums = sum(read_money(text) is not None and "." in text for text in texts)
    return sums > 0 and days >= (1 if one_date else 2)


def _looks_like_row(texts: Sequence[str], rule: RowRule) -> bool:
    return looks_like_row(texts, rule.dates, one_date=rule.one_date)


def _match(shapes: Sequence[Shape], texts: Sequence[str]) -> dict[str, str] | None:
    return next((fields for shape in shapes if (fields := shape.match(texts)) is not None), None)


def _raw(fields: Mapping[str, str], line: Line, above: _Above) -> Raw:
    return Raw(fields, line.place, line.text, above.section, above.sign, above.currency, above.tail)


def _told(layout: Layout, line: Line, above: _Above) -> _Above | None:
    told = None
    for heading in layout.headings:
        found = heading.line.search(line.squeezed)
        if found is not None:
            told = (told or above).below(heading, found)
    return told


def _texts(line: Line, rule: RowRule) -> Sequence[str]:
    return line.text.split(" ") if rule.view == "words" else line.texts


def _within(lines: Sequence[Line], rule: RowRule) -> list[Line]:
    """The lines between the start and the end of the rows; the starting line may be a heading itself."""
    kept: list[Line] = []
    open_ = rule.start is None
    for line in lines:
        if not open_ and rule.start is not None and rule.start.search(line.squeezed):
            open_ = True
        elif open_ and rule.end is not None and rule.end.search(line.squeezed):
            open_ = False
        if open_:
            kept.append(line)
    return kept


# ── running text and scattered cells ───────────────────────────────────────────────────────────────────


def _read_stream(lines: Sequence[Line], layout: Layout, rule: RowRule, found: RowsFound) -> None:
    """All texts one after another, whatever tables hold them: a row is where they have its shape."""
    cells = [(text, line) for line in lines for text in line.texts if text][:STREAM_CELLS_MAX]
    texts = [text for text, _ in cells]
    above = _Above()
    at = 0
    while at < len(texts):
        line = cells[at][1]
        if read_day(texts[at], rule.dates) is not None or _begins_with_tail(rule, texts[at]):
            window = texts[at : at + 16]
            matched = next((m for shape in rule.shapes if (m := shape.match_start(window)) is not None), None)
            if matched is not None:
                raw = _raw(matched[0], line, above)
                found.rows.append(replace(raw, text=" ".join(window[: matched[1]])))
                found.looking_like += 1
                at += matched[1]
                continue
            if looks_like_row(window[:6], rule.dates, one_date=rule.one_date) and read_day(window[0], rule.dates):
                found.unread.append(line)
                found.looking_like += 1
        single = Line((Cell(texts[at]),), line.page, line.number)
        if not any(pattern.search(single.squeezed) for pattern in rule.ignore):
            above = _told(layout, single, above) or above
        at += 1


def _begins_with_tail(rule: RowRule, text: str) -> bool:
    return any(shape.parts[0].name == "tail" for shape in rule.shapes) and bool(tail_of(text))


# ── columns of a page ──────────────────────────────────────────────────────────────────────────────────


Columns = Sequence[tuple[str, float, float]]


def _shape_of_columns(rule: RowRule) -> Shape:
    needed = {"post_date", "amount"}
    names = [name for name, _, _ in rule.columns]
    return shape_of([name + ("" if name in needed else "?") for name in names], rule.dates)


def _columns(lines: Sequence[Line], rule: RowRule, width: float) -> Columns:
    """The columns by the header's own places, parted half way between their middles; else as the layout says."""
    for line in lines:
        at = {
            name: next((cell.middle for cell in line.cells if squeezed(cell.text).startswith(tuple(words))), None)
            for name, words in rule.header.items()
        }
        found = [(middle, name) for name, middle in at.items() if middle is not None]
        if rule.header and len(found) == len(rule.header) and found == sorted(found):
            middles = [middle for middle, _ in found]
            edges = [0.0, *((a + b) / 2 for a, b in pairwise(middles)), 10.0**6]
            return [(name, edges[index], edges[index + 1]) for index, (_, name) in enumerate(found)]
    scale = (width or A4_WIDTH) / A4_WIDTH
    return [(name, low * scale, high * scale) for name, low, high in rule.columns]


def _in_columns(lines: Sequence[Line], rule: RowRule, width: float) -> list[Line]:
    """Rows with one cell for each column; other lines stay as they are. Wrapped descriptions are put together."""
    columns = _columns(lines, rule, width)
    names = [name for name, _, _ in rule.columns]
    date_at = names.index("post_date")
    text_at = names.index("description")
    found: list[Line] = []
    spread: list[tuple[list[str], Line]] = []
    for line in lines:
        texts = _spread(line, columns)
        anchored = texts is not None and read_day(texts[date_at], rule.dates) is not None
        if texts is None or not (anchored or (rule.wrap and _is_only(texts, text_at))):
            found.append(line)
            continue
        if anchored:
            found.append(line)
        spread.append((texts, line))
    anchors = {id(line): texts for texts, line in spread if read_day(texts[date_at], rule.dates) is not None}
    extra = [(texts[text_at], line) for texts, line in spread if id(line) not in anchors]
    by_line = {id(line): line for _, line in spread}
    joined: dict[int, list[tuple[float, str]]] = {
        key: [(by_line[key].y, texts[text_at])] for key, texts in anchors.items()
    }
    for text, line in extra:
        near = [key for key in anchors if by_line[key].page == line.page]
        key = min(near, key=lambda one: abs(by_line[one].y - line.y), default=None)
        if key is not None and abs(by_line[key].y - line.y) <= rule.wrap:
            joined[key].append((line.y, text))
        else:
            found.append(line)
    rebuilt = []
    for line in sorted(found, key=lambda one: (one.page, one.y)):
        texts = anchors.get(id(line))
        if texts is None:
            rebuilt.append(line)
            continue
        pieces = [text for _, text in sorted(joined[id(line)]) if text]
        texts = [*texts[:text_at], _glued(pieces), *texts[text_at + 1 :]]
        rebuilt.append(Line(tuple(Cell(text) for text in texts), line.page, line.number, line.y))
    return rebuilt


def _spread(line: Line, columns: Columns) -> list[str] | None:
    """One text for each column, None when a cell stands in none."""
    texts = [""] * len(columns)
    for cell in line.cells:
        at = next((index for index, (_, low, high) in enumerate(columns) if low <= cell.middle < high), None)
        if at is None:
            return None
        texts[at] = f"{texts[at]} {cell.text}".strip()
    return texts


def _is_only(texts: Sequence[str], at: int) -> bool:
    return bool(texts[at]) and not any(text for index, text in enumerate(texts) if index != at)


def _glued(pieces: Sequence[str]) -> str:
    """Pieces of one wrapped text: words are cut anywhere, so nothing goes between."""
    return "".join(pieces)


# ── spreadsheets ───────────────────────────────────────────────────────────────────────────────────────


def _read_under_header(lines: Sequence[Line], rule: RowRule, found: RowsFound) -> None:
    at = header_line(lines, rule.header)
    if at is None:
        return
    index, columns = at
    width = len(lines[index].texts)
    for fields, line in rows_under(lines[index + 1 :], columns, width, rule.dates):
        if fields is None:
            found.unread.append(line)
        else:
            found.rows.append(_raw(fields, line, _Above()))
        found.looking_like += 1


def rows_under(
    lines: Sequence[Line], columns: Mapping[str, int], width: int, dates: Sequence[str]
) -> Iterator[tuple[dict[str, str] | None, Line]]:
    """The rows below a header: fields by column, or None for a line that looks like a row and is not one.

    A line with more cells than the header has an unquoted comma within a text; which one, nobody can say.
    """
    date_at = columns.get("post_date", columns.get("txn_date", 0))
    sums = [columns[name] for name in ("amount", "charge", "credit") if name in columns]
    dated = [columns[name] for name in ("post_date", "txn_date") if name in columns]
    for line in lines:
        texts = [day_of_serial(text) if at in dated else text for at, text in enumerate(line.texts)]
        day = texts[date_at] if date_at < len(texts) else ""
        is_dated = read_day(day, dates) is not None
        surplus = any(text for text in texts[width:])
        filled = [texts[at] for at in sums if at < len(texts) and texts[at]]
        is_sum = bool(filled) and all(read_money(text) is not None for text in filled)
        if is_dated and is_sum and not surplus:
            fields = {name: texts[at] for name, at in columns.items() if at < len(texts) and texts[at]}
            yield fields, line
        elif is_dated or looks_like_row(texts, dates):
            yield None, line
