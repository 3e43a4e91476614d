"""Uploaded files with hostile content: what comes out shows the same and can do nothing."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from uuid import uuid4

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

import interview
from heyue.application import proofs, washing
from heyue.application.proofs import SAID, plain_name, take_in
from heyue.application.washing import ENVIRONMENT, NotWashed, washed
from heyue.engine.refusal import Refusal

RED = (255, 0, 0)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def saved(document: pikepdf.Pdf, **more: object) -> bytes:
    out = io.BytesIO()
    document.save(out, **more)  # type: ignore[arg-type]
    return out.getvalue()


def paper(pages: int = 1) -> pikepdf.Pdf:
    """A PDF with a line of text on each page."""
    document = pikepdf.new()
    for _ in range(pages):
        page = document.add_blank_page(page_size=(200, 200))
        page.Contents = Stream(document, b"BT /F1 12 Tf (wage slip) Tj ET")
    return document


def code_of(content: bytes) -> str:
    with pytest.raises(NotWashed) as raised:
        washed(content)
    assert raised.value.code in SAID
    return raised.value.code


# ── pictures ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_photograph_loses_place_time_comment_and_profile() -> None:
    exif = Image.Exif()
    exif[0x0110] = "SecretPhone"
    exif.get_ifd(0x8825)[2] = (30.0, 35.0, 12.0)
    out = io.BytesIO()
    Image.new("RGB", (300, 200), RED).save(out, "JPEG", exif=exif, comment=b"SecretComment", icc_profile=b"SecretIcc")
    found = washed(out.getvalue())
    assert found.media_type == "image/jpeg"
    assert b"Secret" not in found.content
    assert b"Exif" not in found.content
    assert opened(found.content).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photograph_held_sideways_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = washed(interview.picture(size=(300, 200), kind="JPEG", exif=exif))
    assert opened(found.content).size == (200, 300)


def test_what_hangs_behind_a_picture_is_cut_off() -> None:
    page = b"<script>alert(1)</script>%PDF-1.7 PK\x03\x04"
    found = washed(interview.picture(kind="JPEG") + page)
    assert b"script" not in found.content
    assert b"PDF" not in found.content


def test_a_transparent_picture_lies_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(washed(out.getvalue()).content).getpixel((20, 20)) == (255, 255, 255)


def test_a_picture_is_no_larger_than_a_reader_needs() -> None:
    found = washed(interview.picture(size=(5000, 1000), kind="JPEG"))
    assert max(opened(found.content).size) == washing.EDGE_PIXELS_MAX


@pytest.mark.parametrize("width", [8_000, 10_000, 60_000])
def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(width: int) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    assert code_of(bomb) == "picture-too-large"


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nquit",
        b"PK\x03\x04 a document",
        b"II*\x00\x08\x00\x00\x00",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["text", "svg", "postscript", "archive", "tiff", "empty png"],
)
def test_what_is_neither_photograph_nor_pdf_is_refused(content: bytes) -> None:
    assert code_of(content) == "unreadable"


def test_a_photograph_that_broke_off_is_refused() -> None:
    assert code_of(interview.picture(size=(900, 900), kind="PNG")[:200]) == "unreadable"


# ── PDF ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pdf_keeps_its_pages() -> None:
    found = washed(saved(paper(3)))
    assert (found.media_type, found.pages) == ("application/pdf", 3)
    with pikepdf.open(io.BytesIO(found.content)) as document:
        assert b"wage slip" in document.pages[2].Contents.read_bytes()


def test_a_pdf_loses_everything_that_acts_hides_or_names() -> None:
    document = paper()
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('evil')"))
    link = Dictionary(S=Name.URI, URI=String("evil"))
    document.Root.OpenAction = script
    document.Root.AA = Dictionary(WC=script)
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script])))
    document.Root.Outlines = document.make_indirect(
        Dictionary(First=document.make_indirect(Dictionary(Title=String("evil"), A=script)))
    )
    document.Root.Metadata = document.make_stream(b"<x>evil author</x>")
    document.docinfo["/Author"] = String("evil author")
    document.attachments["evil.exe"] = b"MZ evil"
    page = document.pages[0]
    page.AA = Dictionary(O=script)
    page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=link)])
    form = document.make_stream(b"q Q", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    form.Metadata = document.make_stream(b"evil place")
    form.PieceInfo = Dictionary(Evil=String("evil"))
    form.Ref = Dictionary(F=String("evil.pdf"))
    page.Resources = Dictionary(XObject=Dictionary(X1=form))
    clean = washed(saved(document)).content
    for word in (b"evil", b"JavaScript", b"/AA", b"OpenAction", b"/URI", b"/Annots", b"Metadata", b"Outlines"):
        assert word not in clean, word


def test_a_picture_that_points_at_another_file_no_longer_does() -> None:
    document = paper()
    outside = document.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1)
    outside.F = String("file:///etc/passwd")
    document.pages[0].Resources = Dictionary(XObject=Dictionary(X1=outside))
    assert b"passwd" not in washed(saved(document)).content


def test_what_was_filled_into_a_form_stays_to_be_read() -> None:
    document = paper()
    look = document.make_stream(b"BT (4800.00) Tj ET", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 90, 20]))
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("wage"),
            V=String("4800.00"),
            F=4,
            Rect=Array([10, 10, 100, 30]),
            AP=Dictionary(N=look),
        )
    )
    document.pages[0].Annots = Array([field])
    document.Root.AcroForm = Dictionary(Fields=Array([field]))
    clean = washed(saved(document)).content
    assert b"AcroForm" not in clean
    with pikepdf.open(io.BytesIO(clean)) as kept:
        assert any(b"4800.00" in one.read_bytes() for one in kept.objects if isinstance(one, Stream))


def test_a_pdf_that_only_forbids_changes_can_be_read() -> None:
    locked = saved(paper(), encryption=pikepdf.Encryption(owner="bank", user=""))
    assert washed(locked).pages == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (saved(paper(), encryption=pikepdf.Encryption(owner="a", user="b")), "locked"),
        (saved(paper(washing.PAGES_MAX + 1)), "too-long"),
        (saved(pikepdf.new()), "no-page"),
        (b"%PDF-1.7\nnothing more", "unreadable-pdf"),
    ],
    ids=["password", "too many pages", "no page", "broken"],
)
def test_a_pdf_that_cannot_be_used_says_why(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_process_that_swells_takes_nobody_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(washing, "PROGRAM", ("-c", "x = bytearray(1 << 40)"))
    assert code_of(interview.picture()) == "too-heavy"


def test_its_own_process_has_little_memory_and_writes_no_file(tmp_path: Path) -> None:
    program = """
import sys
import heyue.application.washing as w
w._confine()
try:
    bytearray(w.MEMORY_BYTES_MAX)
except MemoryError:
    print("no memory")
try:
    open(sys.argv[1], "w").write("x" * 10_000)
except OSError:
    print("no file")
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(tmp_path / "x")], capture_output=True, text=True, env=ENVIRONMENT
    )
    assert done.stdout.split("\n")[:2] == ["no memory", "no file"], done.stderr


def test_a_process_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(washing, "WAIT_SECONDS_MAX", 0.001)
    assert code_of(interview.picture()) == "too-heavy"


# ── taking in ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("工资条.PNG", "工资条.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\papers\\slip.jpeg", "slip.jpg"),
        ("bad\u202egnp.exe", "badgnp.jpg"),
        ("a\x00b\r\nSet-Cookie: x.png", "abSet-Cookie: x.jpg"),
        ("", "file.jpg"),
        ("...", "file.jpg"),
        ("长" * 300 + ".png", "长" * 76 + ".jpg"),
    ],
)
def test_a_file_name_is_plain_and_ends_truly(given: str, kept: str) -> None:
    assert plain_name(given, "image/jpeg") == kept


@pytest.mark.parametrize(
    ("kind", "content", "field"),
    [("selfie", b"x", "kind"), ("identity", b"", "file"), ("identity", bytes(proofs.BYTES_MAX + 1), "file")],
    ids=["kind", "empty", "too large"],
)
def test_what_cannot_be_taken_in_is_refused_at_its_field(kind: str, content: bytes, field: str) -> None:
    with pytest.raises(Refusal) as raised:
        take_in(uuid4(), kind, "x.png", content)
    assert raised.value.field == field


@pytest.mark.django_db
def test_what_is_kept_is_sealed_and_opens_for_its_owner() -> None:
    owner = uuid4()
    found = take_in(owner, "identity", "身份证.png", interview.picture())
    content = proofs.content_of(owner, found.file)
    assert content.startswith(b"\xff\xd8")
    assert len(content) == found.size_bytes
