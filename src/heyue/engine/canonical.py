"""RFC 8785 canonical JSON of the engine's own answers, and the digest over it.

Answers hold strings, whole numbers, booleans, null, arrays and objects with ASCII names only; for these
the standard encoder, told to sort and to leave out blanks, writes the canonical form at C speed. A test
holds it against the ``rfc8785`` package.
"""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """Write a value without fractions or non-ASCII names as canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 in lower-case hex of the value's canonical JSON in UTF-8."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
