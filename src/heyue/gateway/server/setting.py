"""What every part of the kit stands on: the bank's name, its store, its handlers, the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from heyue.clock.machine import machine_now
from heyue.gateway.client import PlatformClient
from heyue.gateway.server.platform_keys import PlatformKeys
from heyue.gateway.server.store import Store
from heyue.gateway.wire import Application, Cards, Holder

if TYPE_CHECKING:
    from heyue.gateway.server.negotiation import Negotiation

SHANGHAI = ZoneInfo("Asia/Shanghai")
BODY_BYTES_MAX = 16 * 1024 * 1024

FindCustomer = Callable[[Holder], str | None]
TellCards = Callable[[str], Cards | Mapping[str, Any]]
TellActivity = Callable[[str, int], Iterable[Mapping[str, Any]]]
TakeApplication = Callable[["Negotiation", Application], None]
TakeEvent = Callable[["Negotiation", Any], None]
TakeRefusal = Callable[["Negotiation", str, Mapping[str, Any]], None]


def shanghai_day() -> date:
    """Return the business day of the protocol's dates."""
    return machine_now().astimezone(SHANGHAI).date()


@dataclass
class Handlers:
    """What the bank wrote; None where it wrote nothing."""

    customer: FindCustomer | None = None
    cards: TellCards | None = None
    activity: TellActivity | None = None
    application: TakeApplication | None = None
    events: dict[str, TakeEvent] = field(default_factory=dict)
    refused: TakeRefusal | None = None


@dataclass(frozen=True)
class Setting:
    """One bank's kit. ``addresses`` are those by which the platform reaches it; requests for others are refused."""

    slug: str
    addresses: tuple[str, ...]
    store: Store
    client: PlatformClient
    keys: PlatformKeys
    now: Callable[[], datetime]
    today: Callable[[], date]
    national: bool
    retry_seconds: int | float
    handlers: Handlers = field(default_factory=Handlers)
