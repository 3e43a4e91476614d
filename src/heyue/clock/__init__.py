"""Business time (业务时间): the stages' only now. Wire and security time is ``machine_now``."""

from heyue.clock.business import advance_to, machine_now, now, today

__all__ = ["advance_to", "machine_now", "now", "today"]
