"""When a borrower may be contacted for collection (催收时间)."""

from datetime import time
from typing import Any


def may_be_contacted(at: time, quiet_hours: Any) -> bool:
    """Whether collection contact is allowed at a local time; ``quiet_hours`` is the record COLLECT-TIME's value."""
    quiet_from = time.fromisoformat(quiet_hours["quiet_from"])
    quiet_until = time.fromisoformat(quiet_hours["quiet_until"])
    if quiet_from <= quiet_until:
        return not quiet_from <= at < quiet_until
    return quiet_until <= at < quiet_from
