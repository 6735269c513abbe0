"""Why something is refused."""

from collections.abc import Callable
from typing import ParamSpec

from agents.traps.refused import RefusedError

P = ParamSpec("P")


def reason(act: Callable[P, object], *said: P.args, **more: P.kwargs) -> str:
    """Why what is said is refused; empty when it is not."""
    try:
        act(*said, **more)
    except RefusedError as error:
        return error.reason
    return ""
