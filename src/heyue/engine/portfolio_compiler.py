"""Loops over columns: compiled by ``numba`` on first use where it is installed, plain functions where it is not.

With ``numba`` installed, ``NUMBA_DISABLE_JIT=1`` runs them plain too: so tests see every line of them.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

_Loop = TypeVar("_Loop", bound=Callable[..., Any])
# No loop makes or lets go of an array, so none is counted (_nrt): counting would cost more than most parts do.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def compiled(loop: _Loop) -> _Loop:
    """A part of a loop, called."""
    return _njit(loop)


def inlined(loop: _Loop) -> _Loop:
    """A part of a loop, put in place of its calls."""
    return _njit(loop, forceinline=True)


def entry(loop: _Loop) -> _Loop:
    """A loop that Python calls: what was compiled is kept beside the source, or in the user's own cache.

    It is compiled anew when the file of the loop changes, so all its parts must lie in that file. Where neither
    place can be written, every process compiles for itself.
    """
    try:
        return _njit(loop, cache=True)
    except RuntimeError:
        return _njit(loop)


def _njit(loop: _Loop, **options: Any) -> _Loop:
    if find_spec("numba") is None:
        return loop
    made: _Loop = import_module("numba").njit(**_OPTIONS, **options)(loop)
    return made
