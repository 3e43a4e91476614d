"""Facts and a template in, the bytes of a PDF/A-2b out; the same facts give the same bytes."""

import json
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import typst

from heyue.documents.coverage import FONTS, drawable, fonts
from heyue.documents.printable import UNDRAWABLE, printable
from heyue.documents.stamp import qr_svg

# Templates may import each other, but nothing outside the package.
_ROOT = Path(__file__).resolve().parents[1]
_SHANGHAI = timezone(timedelta(hours=8))


class DocumentNotTypeset(Exception):
    """The template or the fonts are at fault, never the facts: every fact is cleaned before it is set."""


def pdf(template: Path | str, facts: dict[str, Any], fonts_folder: Path = FONTS) -> bytes:
    """Typeset the facts with a template of this package; nothing is written to disk.

    `facts["document"]` holds `title`, `number`, `dated_on` (ISO date: it becomes the PDF's creation date, so
    that the digest can be reproduced) and `qr` (the text of the QR code). Facts travel as JSON and are only
    ever inserted as values, so that nothing in them is read as markup. Raises DocumentNotTypeset.
    """
    document = facts["document"]
    dated_at = datetime.combine(date.fromisoformat(document["dated_on"]), time(), _SHANGHAI)
    shown = printable(facts, drawable(fonts_folder))
    shown["document"]["rare"] = UNDRAWABLE in json.dumps(shown, ensure_ascii=False)
    try:
        made = typst.compile(
            Path(template),
            root=_ROOT,
            font_paths=fonts(fonts_folder),
            ignore_system_fonts=True,
            sys_inputs={"facts": json.dumps(shown, ensure_ascii=False), "qr": qr_svg(document["qr"])},
            pdf_standards=["a-2b"],
            timestamp=dated_at,
        )
    except RuntimeError as error:  # typst.TypstError is one; a template that is not there is a bare one
        raise DocumentNotTypeset(f"{Path(template).name}: {error}") from error
    return bytes(made)
