"""Several acts in the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections

from heyue.engine.refusal import Refusal

TAPS = 4


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all at once and return the codes of the refusals; any other failure fails the test."""
    together = threading.Barrier(len(acts))
    refused: list[str] = []
    failures: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            together.wait(30)
            act()
        except Refusal as refusal:
            refused.append(refusal.code)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    return refused
