"""Make an uploaded file harmless: decode it and write it anew, in a process of its own with little memory.

A picture comes out as a plain JPEG without metadata; a PDF keeps its pages' looks and nothing that acts,
links, hides or names anybody. A decoder that crashes, swells or hangs takes only its own process along.
``washed`` is what the platform calls; ``python -m heyue.application.washing`` is the process.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from heyue.application.clarity import hints_on

PIXELS_MAX = 50_000_000
EDGE_PIXELS_MAX = 3000
JPEG_QUALITY = 88
PAGES_MAX = 60
PDF_OBJECTS_MAX = 20_000
NESTING_MAX = 12
MEMORY_BYTES_MAX = 1536 * 1024 * 1024
CPU_SECONDS_MAX = 20
WAIT_SECONDS_MAX = 40

PICTURES = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
OF_ROOT = frozenset({"/Type", "/Pages", "/Version", "/OCProperties"})
OF_PAGE = frozenset(
    {
        "/Type", "/Parent", "/Resources", "/Contents", "/Rotate", "/UserUnit", "/Group",
        "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
    }
)  # fmt: skip
NOWHERE = frozenset(
    {"/AA", "/AF", "/EF", "/JS", "/Metadata", "/OpenAction", "/OPI", "/PieceInfo", "/Ref", "/RichMediaContent"}
)
OUTSIDE_FILE = ("/F", "/FFilter", "/FDecodeParms")
PROGRAM = ("-m", "heyue.application.washing")
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "LC_ALL": "C.UTF-8"}


class NotWashed(Exception):
    """The file cannot be made a proof; ``code`` is one of those in ``heyue.application.proofs.SAID``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Washed:
    """The file written anew."""

    content: bytes
    media_type: str
    pages: int
    hints: tuple[str, ...] = ()


def washed(content: bytes) -> Washed:
    """Return the file written anew. Raises ``NotWashed``."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", *PROGRAM],
            input=content,
            capture_output=True,
            timeout=WAIT_SECONDS_MAX,
            env=ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotWashed("too-heavy") from error
    head, _newline, body = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise NotWashed("too-heavy")
    told = json.loads(head)
    if "code" in told:
        raise NotWashed(told["code"])
    return Washed(body, told["media_type"], told["pages"], tuple(told.get("hints", ())))


def wash(content: bytes) -> Washed:
    """Write the file anew in this very process. Raises ``NotWashed``, or whatever a decoder throws."""
    if content[:1024].lstrip().startswith(b"%PDF"):
        return wash_pdf(content)
    return wash_picture(content)


def wash_picture(content: bytes) -> Washed:
    """Decode a picture's first frame upright onto white, no larger than needed, and write it as JPEG."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(content), formats=PICTURES)
    except Image.DecompressionBombError as error:
        raise NotWashed("picture-too-large") from error
    except UnidentifiedImageError as error:
        raise NotWashed("unreadable") from error
    if picture.width * picture.height > PIXELS_MAX:
        raise NotWashed("picture-too-large")
    picture.draft("RGB", (EDGE_PIXELS_MAX, EDGE_PIXELS_MAX))
    small: Image.Image = picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGBA")
    small.thumbnail((EDGE_PIXELS_MAX, EDGE_PIXELS_MAX))
    upright = ImageOps.exif_transpose(small)
    # A new picture carries none of the old one's information: no place, no time, no comment, no profile.
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright.convert("RGB"), mask=upright if upright.mode == "RGBA" else None)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=JPEG_QUALITY)
    return Washed(out.getvalue(), "image/jpeg", 1, tuple(hints_on(plain)))


def wash_pdf(content: bytes) -> Washed:
    """Keep what the pages show, with filled-in fields drawn onto them; drop everything else."""
    import pikepdf

    try:
        document = pikepdf.open(io.BytesIO(content))
    except pikepdf.PasswordError as error:
        raise NotWashed("locked") from error
    except pikepdf.PdfError as error:
        raise NotWashed("unreadable-pdf") from error
    with document:
        pages = len(document.pages)
        if pages == 0:
            raise NotWashed("no-page")
        if pages > PAGES_MAX:
            raise NotWashed("too-long")
        if len(document.objects) > PDF_OBJECTS_MAX:
            raise NotWashed("too-heavy")
        if "/AcroForm" in document.Root:
            document.generate_appearance_streams()
        document.flatten_annotations("print")
        _keep_only(document.Root, OF_ROOT)
        for page in document.pages:
            _keep_only(page.obj, OF_PAGE)
        for found in document.objects:
            _strip(found, 0)
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        out = io.BytesIO()
        document.save(
            out,
            encryption=False,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return Washed(out.getvalue(), "application/pdf", pages)


def _keep_only(found: object, names: frozenset[str]) -> None:
    for name in [n for n in found.keys() if n not in names]:  # type: ignore[attr-defined]  # noqa: SIM118
        del found[name]  # type: ignore[attr-defined]


def _strip(found: object, depth: int) -> None:
    """Take out of a dictionary, and of those within it, what acts, points outside or names somebody."""
    import pikepdf

    if depth > NESTING_MAX or not isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        return
    outside = OUTSIDE_FILE if isinstance(found, pikepdf.Stream) else ()
    for name in list(found.keys()):
        if name in NOWHERE or name in outside:
            del found[name]
            continue
        inner = found[name]
        if isinstance(inner, pikepdf.Dictionary) and not inner.is_indirect:
            _strip(inner, depth + 1)


def _confine() -> None:
    """Leave this process little memory and time, and no file to write."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read a file from standard input, write one line of JSON and the washed bytes."""
    _confine()
    body = b""
    try:
        found = wash(sys.stdin.buffer.read())
        told: dict[str, object] = {"media_type": found.media_type, "pages": found.pages, "hints": found.hints}
        body = found.content
    except NotWashed as refused:
        told = {"code": refused.code}
    except MemoryError:
        told = {"code": "too-heavy"}
    except Exception:
        # A decoder may throw anything at a broken file; whose fault it is needs no telling apart.
        told = {"code": "unreadable"}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
