"""The bank's side of the gateway, for a bank's own service: it writes handlers, the kit does the protocol.

Needs no framework and no Django (``pip install 'heyue[gateway]'``). How to begin: docs/protocol/join.md.
"""

from heyue.gateway.server.bank_server import BankServer
from heyue.gateway.server.door import Request, Response
from heyue.gateway.server.judging import Gap
from heyue.gateway.server.negotiation import HashDiffers, Negotiation, NotTaken, hash_of
from heyue.gateway.server.setting import shanghai_day
from heyue.gateway.server.sqlite_store import SqliteStore, SqliteTransaction
from heyue.gateway.server.store import Conflict, Key, Link, Message, Outgoing, Store, Transaction

__all__ = [
    "BankServer",
    "Conflict",
    "Gap",
    "HashDiffers",
    "Key",
    "Link",
    "Message",
    "Negotiation",
    "NotTaken",
    "Outgoing",
    "Request",
    "Response",
    "SqliteStore",
    "SqliteTransaction",
    "Store",
    "Transaction",
    "hash_of",
    "shanghai_day",
]
