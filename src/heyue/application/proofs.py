"""Proofs (证明材料): judge an uploaded file, make it harmless, seal it in the file store.

A picture is decoded and written anew without its metadata; a PDF loses scripts and attachments. What
cannot be read is refused in words that say what to do. All of this happens outside any transaction.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from uuid import UUID

import pikepdf
from PIL import Image, ImageOps, UnidentifiedImageError

from heyue.engine.refusal import Refusal, words
from heyue.vault.files import load, store

FOLDER = "proofs"
BYTES_MAX = 20 * 1024 * 1024
PIXELS_MAX = 50_000_000
EDGE_PIXELS_MAX = 3000
PAGES_MAX = 60
PROOFS_MAX = 30
NAME_CHARS_MAX = 80

KINDS = {
    "identity": words("身份证"),
    "income": words("工资条、收入证明"),
    "bank-flow": words("银行流水"),
    "unemployment": words("离职、失业证明"),
    "hardship": words("低保、困难证明"),
    "medical": words("病历、医疗票据"),
    "family": words("家庭情况说明"),
    "business": words("停业、歇业材料"),
    "credit-report": words("征信报告"),
    "other": words("其他材料"),
}
HEALTH_KINDS = frozenset({"medical"})


@dataclass(frozen=True, slots=True)
class StoredProof:
    """A proof that lies sealed in the store; ``sha256`` is of the readable bytes that a bank will get."""

    kind: str
    name: str
    media_type: str
    size_bytes: int
    pages: int
    sha256: str
    file: str


def take_in(borrower_id: UUID, kind: str, name: str, content: bytes) -> StoredProof:
    """Judge, clean and seal one file. Raises ``Refusal`` with ``field="file"`` in plain words."""
    if kind not in KINDS:
        raise _refused("proof-kind", words("先选这是什么材料"), field="kind")
    if not content:
        raise _refused("proof-empty", words("这个文件是空的，换一个试试"))
    if len(content) > BYTES_MAX:
        raise _refused("proof-too-large", words("文件超过 20 MB。拍照时选小一点的尺寸，或者分开传"))
    clean, media_type, pages = _clean(content)
    return StoredProof(
        kind=kind,
        name=(name.strip() or "proof")[-NAME_CHARS_MAX:],
        media_type=media_type,
        size_bytes=len(clean),
        pages=pages,
        sha256=hashlib.sha256(clean).hexdigest(),
        file=store(borrower_id, FOLDER, clean),
    )


def content_of(borrower_id: UUID, file: str) -> bytes:
    """Return the readable bytes of a stored proof."""
    return load(borrower_id, FOLDER, file)


def _clean(content: bytes) -> tuple[bytes, str, int]:
    if content[:1024].lstrip().startswith(b"%PDF"):
        return _clean_pdf(content)
    return _clean_picture(content)


def _clean_picture(content: bytes) -> tuple[bytes, str, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    raise _refused("proof-too-large", words("图片太大了。用手机直接拍的就行"))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise _refused("proof-unreadable", words("打不开这个文件。请传照片（JPG、PNG）或 PDF")) from error
    upright.thumbnail((EDGE_PIXELS_MAX, EDGE_PIXELS_MAX))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=88)
    return out.getvalue(), "image/jpeg", 1


def _clean_pdf(content: bytes) -> tuple[bytes, str, int]:
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
            if pages == 0:
                raise _refused("proof-empty", words("这个 PDF 里没有页，换一个试试"))
            if pages > PAGES_MAX:
                raise _refused("proof-too-long", words("PDF 超过 60 页，请只留要用的几页"))
            for key in ("/OpenAction", "/AA", "/AcroForm"):
                if key in document.Root:
                    del document.Root[key]
            if "/Names" in document.Root:
                del document.Root.Names
            for page in document.pages:
                for key in ("/AA", "/Annots"):
                    if key in page:
                        del page[key]
            out = io.BytesIO()
            document.save(out, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise _refused("proof-locked", words("这个 PDF 有密码。去掉密码再传，或者截图")) from error
    except pikepdf.PdfError as error:
        raise _refused("proof-unreadable", words("打不开这个 PDF，可能没传完整。再传一次试试")) from error
    return out.getvalue(), "application/pdf", pages


def _refused(code: str, message: str, field: str = "file") -> Refusal:
    return Refusal(code, message, field=field, status=422)
