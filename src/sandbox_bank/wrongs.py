"""Ways of being wrong that the bank can be told to take up, so that a conformance kit can be seen to find them.

Each breaks one rule of the protocol and no other. A bank that anybody relies on has none.
"""

NAMES = {
    "takes-unsigned": "takes requests without a signature",
    "takes-expired": "takes signatures that have expired",
    "takes-any-key": "takes signatures of keys that it does not know",
    "takes-replays": "takes the same signed request again",
    "takes-other-hosts": "takes what was signed for another host",
    "ignores-digest": "takes a body that is not the one of the digest",
    "ignores-scopes": "shows payments that the consent does not cover",
    "ignores-withdrawal": "shows accounts after the consent was withdrawn",
    "ignores-media-type": "takes a body of any media type",
    "ignores-version": "takes a request for any version of the protocol",
    "ignores-order": "judges events as they come",
    "reuses-keys": "answers a reused Idempotency-Key as if nothing were amiss",
    "answers-anew": "answers a repetition otherwise than the first time",
    "refuses-unknown-fields": "refuses what has a field that it does not know",
    "names-no-field": "does not say which field is wrong",
    "pages-for-ever": "says that there is more when there is nothing",
    "misreads-form": "names another digest than the form's in its receipt",
    "gives-up": "never sends again what was answered 429, 5xx or not at all",
    "never-gives-up": "sends again what was refused for good",
    "leaves-gaps": "leaves numbers out in the sequence of its events",
    "mixes-disputes": "answers a dispute under another question's number",
    "copies-hash": "accepts what was asked without working the schedule out itself",
}


class Wrongs:
    """The wrongs of the moment; empty in a bank that is as it should be."""

    def __init__(self, names: list[str] | None = None) -> None:
        self._names: frozenset[str] = frozenset()
        self.become(names or [])

    def become(self, names: list[str]) -> None:
        """Take up these and no others; `ValueError` for one that there is not."""
        unknown = set(names) - set(NAMES)
        if unknown:
            raise ValueError(f"unknown wrong {', '.join(sorted(unknown))}: one of {', '.join(NAMES)}")
        self._names = frozenset(names)

    def __contains__(self, name: str) -> bool:
        return name in self._names
