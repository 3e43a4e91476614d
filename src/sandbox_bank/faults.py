"""Troubles that the bank can be told to have, so that the platform's patience can be tried."""

import threading
from dataclasses import dataclass, field

KINDS = ("none", "down", "error", "slow", "silent")
SLOW_SECONDS = 5.0


@dataclass
class Faults:
    """The trouble of the moment.

    `down` drops every connection, `error` answers 500, `slow` waits before it answers, `silent` stores and answers
    but neither judges nor sends anything.
    """

    kind: str = "none"
    until_cleared: bool = True
    seconds: float = SLOW_SECONDS
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def become(self, kind: str, *, until_cleared: bool = True, seconds: float = SLOW_SECONDS) -> None:
        """Take up a trouble, or `none`; without `until_cleared` it strikes one request."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}: one of {', '.join(KINDS)}")
        with self._lock:
            self.kind, self.until_cleared, self.seconds = kind, until_cleared, seconds

    def strike(self, kind: str) -> bool:
        """Whether this trouble strikes the request at hand."""
        with self._lock:
            if self.kind != kind:
                return False
            if not self.until_cleared:
                self.kind = "none"
            return True
