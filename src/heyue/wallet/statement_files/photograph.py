"""A photograph's words by OCR, offline, in a process of its own with limits of time and memory.

The recogniser is large and reads what strangers send, so only the child loads it: ``python -m …photograph`` takes a
picture on standard input and answers its boxes as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from heyue.wallet.statement_files.page import Cell, Document, Line
from heyue.wallet.statement_files.plain_text import plain
from heyue.wallet.statement_files.result import PHOTOGRAPHED_MOST, Outcome, Unreadable

PICTURES_MAX = 4
SECONDS_MAX = 120
MEMORY_BYTES_MAX = 6 * 1024**3  # of addresses; about 0.8 GB are used
SIDE_PIXELS_MAX = 2_400
PIXELS_MAX = 60_000_000
SURE_ENOUGH = 0.5
Box = tuple[str, float, float, float, float]  # text, left, top, right, bottom


def read_pictures(pictures: Sequence[bytes]) -> Document:
    """Read photographs of one statement, in order. Raises Unreadable when no words are found."""
    lines: list[Line] = []
    width = 0.0
    for number, picture in enumerate(pictures[:PICTURES_MAX]):
        boxes = _recognised(picture)
        width = max([width, *(box[3] for box in boxes)])
        lines += _lines(boxes, number, len(lines))
    if not lines:
        raise Unreadable(Outcome.IMAGE_ONLY)
    return Document("photo", tuple(lines), width=width, confidence_most=PHOTOGRAPHED_MOST)


def _recognised(picture: bytes) -> list[Box]:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "heyue.wallet.statement_files.photograph"],
            input=picture, capture_output=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unreadable(Outcome.TOO_LARGE) from error
    if done.returncode != 0:
        raise Unreadable(Outcome.IMAGE_ONLY)
    return [tuple(box) for box in json.loads(done.stdout.splitlines()[-1])]


def _lines(boxes: list[Box], page: int, first: int) -> Iterator[Line]:
    """Boxes whose middles lie within half a height of each other are one line."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda b: b[2] + b[4]):
        middle = (box[2] + box[4]) / 2
        last = rows[-1] if rows else None
        if last is not None and abs(middle - _middle(last)) < 0.5 * min(box[4] - box[2], last[0][4] - last[0][2]):
            last.append(box)
        else:
            rows.append([box])
    for number, row in enumerate(rows):
        cells = tuple(Cell(plain(box[0]), box[1], box[3]) for box in sorted(row, key=lambda b: b[1]))
        yield Line(cells, page, first + number, _middle(row))


def _middle(row: list[Box]) -> float:
    return sum((box[2] + box[4]) / 2 for box in row) / len(row)


def _child() -> int:
    """Recognise the picture on standard input; runs in the child."""
    import io
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS_MAX, 2 * SECONDS_MAX))
    import logging

    import numpy
    from PIL import Image, ImageOps

    logging.disable(logging.CRITICAL)
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(sys.stdin.buffer.read()))).convert("RGB")
    picture.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
    from rapidocr import RapidOCR

    found: Any = RapidOCR()(numpy.asarray(picture)[:, :, ::-1], use_cls=False)
    boxes = []
    if found.boxes is not None:
        for corners, text, sure in zip(found.boxes, found.txts, found.scores, strict=True):
            if sure >= SURE_ENOUGH:
                across, down = [int(x) for x, _ in corners], [int(y) for _, y in corners]
                boxes.append((text, min(across), min(down), max(across), max(down)))
    sys.stdout.write(json.dumps(boxes, ensure_ascii=True))
    return 0


if __name__ == "__main__":
    sys.exit(_child())
