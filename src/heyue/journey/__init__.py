"""The borrower's way in one place: what follows from what, and the only door to a verb.

Stages in order: wallet → application → review → dispatch → negotiation → agreement → execution → disputes.
"""

from heyue.journey.next_act import Kind, NextAct, next_act
from heyue.journey.outline import Outline, outline
from heyue.journey.perform import FOLLOWS, perform
from heyue.journey.standing import Standing, busy_banks, commitments, plans_of_cards, standings

__all__ = [
    "FOLLOWS",
    "Kind",
    "NextAct",
    "Outline",
    "Standing",
    "busy_banks",
    "commitments",
    "next_act",
    "outline",
    "perform",
    "plans_of_cards",
    "standings",
]
