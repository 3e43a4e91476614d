"""Proofs (证明材料): judge an uploaded file, make it harmless, seal it in the file store.

What cannot be read is refused in words that say what to do. All of this happens outside any transaction.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from heyue.application.washing import NotWashed, washed
from heyue.engine.refusal import Refusal, words
from heyue.vault import files

FOLDER = "proofs"
BYTES_MAX = 20 * 1024 * 1024
PROOFS_MAX = 30
PROOFS_EVER_MAX = 200
"""How many one application may ever have had, those taken out included: their files may have to be kept."""
AT_ONCE_MAX = 5
"""How many may come with one form: an appeal, a dispute, an answer to a bank."""
TOO_MANY_AT_ONCE = words("一次最多传 5 份")
NAME_CHARS_MAX = 80
ENDINGS = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}

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

CLARITY = {
    "too-small": words("图太小，字可能看不清。走近一点，拍大一点"),
    "too-dark": words("有点暗。开灯，或者到窗边再拍"),
    "blurred": words("有点糊。手机拿稳，对准了再拍"),
    "cut-off": words("边上好像没拍全。放平，四个角都拍进来"),
}
"""What each hint of ``clarity`` says; a hint refuses nothing."""

TOO_LARGE = words("文件超过 20 MB。拍照时选小一点的尺寸，或者分开传")
SAID = {
    "empty": words("这个文件是空的，换一个试试"),
    "too-large": TOO_LARGE,
    "picture-too-large": words("图片太大了。用手机直接拍的就行"),
    "unreadable": words("打不开这个文件。请传照片（JPG、PNG）或 PDF"),
    "unreadable-pdf": words("打不开这个 PDF，可能没传完整。再传一次试试"),
    "no-page": words("这个 PDF 里没有页，换一个试试"),
    "too-long": words("PDF 超过 60 页，请只留要用的几页"),
    "locked": words("这个 PDF 有密码。去掉密码再传，或者截图"),
    "too-heavy": words("这个文件太复杂，处理不了。截图或者拍照再传"),
}


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
    hints: tuple[str, ...] = ()


def take_in(borrower_id: UUID, kind: str, name: str, content: bytes) -> StoredProof:
    """Judge, wash and seal one file. Raises ``Refusal`` on the field ``file`` (or ``kind``) in plain words."""
    if kind not in KINDS:
        raise Refusal("proof-kind", words("先选这是什么材料"), field="kind", status=422)
    if not content:
        raise refused("empty")
    if len(content) > BYTES_MAX:
        raise refused("too-large")
    try:
        clean = washed(content)
    except NotWashed as error:
        raise refused(error.code) from error
    return StoredProof(
        kind=kind,
        name=plain_name(name, clean.media_type),
        media_type=clean.media_type,
        size_bytes=len(clean.content),
        pages=clean.pages,
        sha256=hashlib.sha256(clean.content).hexdigest(),
        file=files.store(borrower_id, FOLDER, clean.content),
        hints=clean.hints,
    )


def content_of(borrower_id: UUID, file: str) -> bytes:
    """Return the readable bytes of a stored proof."""
    return files.load(borrower_id, FOLDER, file)


def discard(file: str) -> None:
    """Delete a stored file that no proof needs. Call it after the commit."""
    files.discard(file)


@contextmanager
def discarded_if_refused() -> Iterator[list[StoredProof]]:
    """Give the list into which a form's files are taken in; they are thrown away where the block is refused."""
    stored: list[StoredProof] = []
    try:
        yield stored
    except Refusal:
        for one in stored:
            discard(one.file)
        raise


def check_number(papers: Sized) -> None:
    """Raise ``Refusal`` ``too-many-papers`` where more come than one form may bring."""
    if len(papers) > AT_ONCE_MAX:
        raise Refusal("too-many-papers", TOO_MANY_AT_ONCE, field="papers", status=422)


def refused(code: str) -> Refusal:
    """Return the refusal of a file, in words that say what to do."""
    return Refusal(f"proof-{code}", SAID[code], field="file", status=422)


def plain_name(name: str, media_type: str) -> str:
    """Return a file name without folders, signs that hide or turn text, or an ending that lies."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if not unicodedata.category(c).startswith("C"))
    stem = PurePosixPath(shown.strip()).stem.strip(" .") or "file"
    ending = ENDINGS[media_type]
    return stem[: NAME_CHARS_MAX - len(ending)] + ending
