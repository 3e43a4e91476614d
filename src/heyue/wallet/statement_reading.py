"""Read a statement file, or open its lock, in a process of its own with bounded memory and time.

A reader that crashes, swells or hangs on somebody's file takes only its own process along. ``read`` and ``unlocked``
are what the platform calls; ``python -m heyue.wallet.statement_reading`` is the process. A password goes to it
through its standard input and nowhere else.
"""

from __future__ import annotations

import email
import io
import json
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

BYTES_MAX = 20 * 1024 * 1024
MEMORY_BYTES_MAX = 6 * 1024 * 1024 * 1024
"""Of addresses, no less than the recogniser of pictures asks for itself in a process below this one."""
CPU_SECONDS_MAX = 600
WAIT_SECONDS_MAX = 540
UNLOCK_SECONDS_MAX = 20
TICK_SECONDS = 4
PROGRAM = ("-m", "heyue.wallet.statement_reading")
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "2"}
TOO_HARD = {"outcome": "too-heavy"}


class WrongPassword(Exception):
    """The password does not open the file."""


def read(
    content: bytes,
    name: str,
    mappings: Sequence[Mapping[str, Any]],
    alive: Callable[[], None] = lambda: None,
    *,
    seconds_max: int = WAIT_SECONDS_MAX,
) -> dict[str, Any]:
    """Return the draft of a file (``statement_draft``); ``alive`` is called every few seconds while it is read.

    A file on which the reader fails or takes too long gives the outcome ``too-heavy``.
    """
    head = {"do": "read", "name": name, "mappings": list(mappings)}
    answer = _run(head, content, seconds_max, alive)
    return json.loads(answer) if answer else dict(TOO_HARD)


def unlocked(content: bytes, password: str) -> bytes:
    """Return the bytes without encryption: a PDF's, or what a mail or a zip holds. Raises ``WrongPassword``.

    The password is kept nowhere.
    """
    answer = _run({"do": "unlock", "password": password}, content, UNLOCK_SECONDS_MAX, lambda: None)
    if not answer:
        raise WrongPassword
    return answer


def _run(head: Mapping[str, Any], content: bytes, seconds_max: int, alive: Callable[[], None]) -> bytes:
    given = json.dumps(head).encode() + b"\n" + content
    command = [sys.executable, "-P", *PROGRAM]
    started = time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    ) as process:
        pending: bytes | None = given
        while True:
            try:
                answer, _nothing = process.communicate(pending, timeout=TICK_SECONDS)
                return answer if process.returncode == 0 else b""
            except subprocess.TimeoutExpired:
                pending = None
                if time.monotonic() - started > seconds_max:
                    process.kill()
                    process.communicate()
                    return b""
                alive()


def _confine() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(head: Mapping[str, Any], content: bytes) -> bytes:
    from heyue.wallet.statement_draft import as_data
    from heyue.wallet.statement_files import ColumnMapping, read_file

    mappings = tuple(ColumnMapping.from_data(one) for one in head["mappings"])
    reading = read_file(content, name=head["name"], mappings=mappings)
    return json.dumps(as_data(reading), ensure_ascii=False).encode()


def _unlock(head: Mapping[str, Any], content: bytes) -> bytes:
    """Return the opened PDF, or the opened member of a mail or a zip; nothing where the password opens none."""
    password = str(head["password"])
    for one in (content, *_attached(content)):
        opened = _opened_zip(one, password) if one.startswith(b"PK") else _opened_pdf(one, password)
        if opened:
            return opened
    return b""


def _opened_pdf(content: bytes, password: str) -> bytes:
    import pikepdf

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(content), password=password) as document:
            document.save(out, encryption=False)
    except pikepdf.PdfError:
        return b""
    return out.getvalue()


def _opened_zip(content: bytes, password: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = [member for member in package.infolist() if not member.is_dir() and member.file_size <= BYTES_MAX]
            return package.read(names[0], pwd=password.encode()) if names else b""
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return b""


def _attached(content: bytes) -> list[bytes]:
    """Return a mail's attachments; none where it is no mail."""
    if content.startswith((b"%PDF", b"PK")):
        return []
    found = [part.get_payload(decode=True) for part in email.message_from_bytes(content).walk()]
    return [body for body in found if isinstance(body, bytes) and body.startswith((b"%PDF", b"PK"))]


def main() -> int:
    """Read one line of JSON and a file from standard input; write the answer."""
    _confine()
    line, _newline, content = sys.stdin.buffer.read().partition(b"\n")
    head = json.loads(line)
    try:
        answer = _read(head, content) if head["do"] == "read" else _unlock(head, content)
    except MemoryError:
        return 1
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
