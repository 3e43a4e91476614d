"""What a rule is: a record of law with its dates, and a judgement of facts by it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

from heyue.engine.months import in_month

Severity = Literal["error", "warning"]


class Law(Protocol):
    """A dated record of law or practice, as policy holds it; its value is what the rule compares with."""

    @property
    def id(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def source(self) -> str: ...
    @property
    def article(self) -> str: ...
    @property
    def grade(self) -> str: ...
    @property
    def effective_from(self) -> date: ...
    @property
    def effective_to(self) -> date | None: ...


@dataclass(frozen=True)
class Finding:
    """One thing that a rule has to say of the facts."""

    rule: str
    article: str
    severity: Severity
    message: str

    def as_json(self) -> dict[str, str]:
        """The finding as answered."""
        return {
            "rule": self.rule,
            "article": self.article,
            "severity": self.severity,
            "message": self.message,
        }


Said = tuple[Severity, str]
Judge = Callable[[Any, Any], Iterable[Said]]


@dataclass(frozen=True)
class Rule:
    """A rule in force: its record, and how it judges facts by the record's value."""

    id: str
    article: str
    source: str
    effective_from: date
    effective_to: date | None
    grade: str
    value: Any
    judge: Judge

    def check(self, facts: Any) -> Iterator[Finding]:
        """Everything that this rule finds."""
        for severity, message in self.judge(facts, self.value):
            yield Finding(self.id, f"{self.source} {self.article}", severity, message)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th in a common year."""
    return in_month(day.year + years, day.month, day.day)


def in_force(judge: Judge, law: Law) -> Rule:
    """Join a judgement with the record that holds."""
    return Rule(
        id=law.id,
        article=law.article,
        source=law.source,
        effective_from=law.effective_from,
        effective_to=law.effective_to,
        grade=law.grade,
        value=law.value,
        judge=judge,
    )
