"""Which characters the shipped fonts can draw, read from their own character maps."""

import struct
from functools import lru_cache
from pathlib import Path

import typst

FONTS = Path(__file__).resolve().parents[1] / "assets" / "fonts"


@lru_cache(maxsize=4)
def fonts(folder: Path = FONTS) -> typst.Fonts:
    """Load every font of the folder once; no font of the system and none of typst's own is seen."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


@lru_cache(maxsize=4)
def drawable(folder: Path = FONTS) -> frozenset[int]:
    """Give the code points that at least one of the fonts can draw (typst falls back from one to the next).

    PDF/A refuses a missing glyph, so a character outside this set must not reach typst.
    """
    faces = {(face.path, face.index) for face in fonts(folder).fonts() if face.path is not None}
    return frozenset().union(*(_code_points(Path(path).read_bytes(), index) for path, index in faces))


def _code_points(data: bytes, index: int) -> set[int]:
    """Read the Unicode subtables (formats 4 and 12) of one face of an OpenType file or collection."""
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    count = struct.unpack_from(">H", data, start + 4)[0]
    for position in range(start + 12, start + 12 + 16 * count, 16):
        if data[position : position + 4] == b"cmap":
            return _read_cmap(data, struct.unpack_from(">I", data, position + 8)[0])
    return set()


def _read_cmap(data: bytes, start: int) -> set[int]:
    found: set[int] = set()
    for record in range(struct.unpack_from(">H", data, start + 2)[0]):
        platform, _encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * record)
        if platform not in (0, 3):
            continue
        form = struct.unpack_from(">H", data, start + offset)[0]
        if form == 4:
            found |= _read_segments(data, start + offset)
        elif form == 12:
            found |= _read_groups(data, start + offset)
    return found


def _read_groups(data: bytes, start: int) -> set[int]:
    points: set[int] = set()
    for number in range(struct.unpack_from(">I", data, start + 12)[0]):
        first, last, _glyph = struct.unpack_from(">III", data, start + 16 + 12 * number)
        points.update(range(first, last + 1))
    return points


def _read_segments(data: bytes, start: int) -> set[int]:
    double = struct.unpack_from(">H", data, start + 6)[0]
    ends = start + 14
    starts = ends + double + 2
    deltas, offsets = starts + double, starts + 2 * double
    points: set[int] = set()
    for at in range(0, double, 2):
        first, last, delta, offset = (
            struct.unpack_from(">H", data, base + at)[0] for base in (starts, ends, deltas, offsets)
        )
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if offset:
                glyph = struct.unpack_from(">H", data, offsets + at + offset + 2 * (point - first))[0]
                if glyph == 0:
                    continue
            if (glyph + delta) & 0xFFFF:
                points.add(point)
    return points
