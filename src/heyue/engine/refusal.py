"""A refusal (拒绝办理) is an answer in words of the domain: a stable code, a sentence, what to do next."""

from __future__ import annotations

from collections.abc import Mapping


def words(message: str) -> str:
    """Mark a Chinese sentence for translation where it is written; the face translates it when shown."""
    return message


class Refusal(Exception):
    """An act that is not done, and why.

    ``code`` is stable and goes to machines; ``message`` and ``next_step`` are gettext message ids with
    ``%(name)s`` places filled from ``params``; ``article`` names the rule that stands behind it;
    ``field`` says which input a person should look at; ``status`` is the HTTP status of an API's answer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        next_step: str = "",
        article: str = "",
        field: str = "",
        status: int = 409,
        params: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.next_step = next_step
        self.article = article
        self.field = field
        self.status = status
        self.params: dict[str, object] = dict(params or {})

    def __str__(self) -> str:
        """Return the untranslated sentence with its places filled, for logs and tests."""
        return self.message % self.params if self.params else self.message


class NotFound(Refusal):
    """What is asked for does not exist for this actor (it may exist for another; we do not say)."""

    def __init__(self, message: str = words("没有找到。可能已经结束，或者不是你的。")) -> None:
        super().__init__("not-found", message, status=404)


class NotPermitted(Refusal):
    """This role may not do this at all."""

    def __init__(self, message: str = words("这一步不由你来做。")) -> None:
        super().__init__("not-permitted", message, status=403)


class CountedRefusal(Refusal):
    """A refusal that counts: what its verb wrote before it (a wrong try, nothing else) is committed."""
