"""What makes one bank differ from another: its words, its policy and its officer's habits, as data."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "profiles"
NAMES = ("donghu", "nanshan", "beichuan")


@dataclass(frozen=True)
class Reaction:
    """One habit of the officer: on what, after how many days, which act, with which parameters."""

    on: str
    do: str
    working_days: int
    calendar_days: int
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """One bank as its YAML file describes it; `policy` is a debt's policy as `heyue recommend` takes it."""

    slug: str
    name: str
    short_name: str
    seal: str
    hotline: str
    pay_instructions: str
    policy: dict[str, Any]
    offer_valid_days: int
    policy_rule: str
    desk_offers: bool
    officer: dict[str, str]
    reactions: tuple[Reaction, ...]
    people: tuple[dict[str, Any], ...]
    crowd: dict[str, Any] = field(default_factory=dict)

    def reactions_on(self, occasion: str) -> tuple[Reaction, ...]:
        """The officer's habits for one occasion, in the file's order."""
        return tuple(reaction for reaction in self.reactions if reaction.on == occasion)


@lru_cache
def load(name: str, slug: str = "") -> Profile:
    """Read one shipped profile, for the bank of its name or for another `slug` with the same habits.

    `ValueError` for a name that is not shipped.
    """
    if name not in NAMES:
        raise ValueError(f"unknown profile {name!r}: one of {', '.join(NAMES)}")
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    reactions = tuple(_reaction(one) for one in data.pop("reactions"))
    people = tuple(data.pop("people"))
    return Profile(slug=slug or name, reactions=reactions, people=people, **data)


def _reaction(data: dict[str, Any]) -> Reaction:
    after = data.get("after", {})
    return Reaction(
        on=data["event"],
        do=data["do"],
        working_days=after.get("working_days", 0),
        calendar_days=after.get("calendar_days", 0),
        parameters=data.get("with", {}),
    )
