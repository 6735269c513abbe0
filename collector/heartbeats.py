"""A heartbeat's payload, read and held within bounds: an agent's word costs the collector little, whatever it says."""

from pydantic import ValidationError

from contract.messages import MAX_HEARTBEAT, Numbers

MAX_RANGES = 100_000  # of all its boots together, for the books
WAITED_MS = 1_000  # less is the way here


class StrangeError(ValueError):
    """A payload that is no heartbeat; the text says why and repeats nothing of it."""


def read(payload: bytes, waited_ms: int = 0) -> Numbers:
    """Return the heartbeat, with the clocks as they are now, when it has waited since it came.

    Raises:
        StrangeError: it is none, or too large.
    """
    if len(payload) > MAX_HEARTBEAT:
        raise StrangeError(f"{len(payload)} bytes are over the limit of {MAX_HEARTBEAT}")
    try:
        numbers = Numbers.model_validate_json(payload)
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise StrangeError(reason) from None
    if waited_ms < WAITED_MS:
        return numbers
    mono = None if numbers.mono is None else numbers.mono + waited_ms
    return numbers.model_copy(update={"time": numbers.time + waited_ms, "mono": mono})


def too_scattered(numbers: Numbers) -> str:
    """Why the books do not take what a heartbeat says of batches, if they do not; the agent is heard all the same."""
    ranges = sum(len(said.produced) + len(said.spooled) + len(said.dropped) for said in numbers.boots.values())
    if ranges <= MAX_RANGES:
        return ""
    return (
        f"its batches lie in {ranges} pieces, over the limit of {MAX_RANGES}: the ledger shows what it said before; "
        "see to what is held"
    )
