"""One act (一次办理): an actor, one transaction, the moves and leaves in it.

``heyue.journey.perform`` opens an act; a verb called outside one refuses; ``move`` is the only code that
writes a state.
"""

from heyue.acts.act import Act, Fact, current, opened, verb
from heyue.acts.models import Stateful
from heyue.acts.move import begin, begin_all, move, note

__all__ = ["Act", "Fact", "Stateful", "begin", "begin_all", "current", "move", "note", "opened", "verb"]
