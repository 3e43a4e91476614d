"""Work as rows: claimed with a lease, done once, tried again after a death (租约)."""

from heyue.work.lease import Leased, claim, fail, put_off, release, renew

__all__ = ["Leased", "claim", "fail", "put_off", "release", "renew"]
