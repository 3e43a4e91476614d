"""The evidence ledger (证据): one leaf for each change, written in the change's own transaction."""

from heyue.evidence.ledger import Subject, append, facts_of, timeline

__all__ = ["Subject", "append", "facts_of", "timeline"]
