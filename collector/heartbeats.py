"""A heartbeat's payload, read and held within bounds: an agent's word costs the collector little, whatever it says."""

from pydantic import ValidationError

from contract.messages import MAX_HEARTBEAT, Numbers

MAX_RANGES = 100_000  # of all its boots together, for the books


class StrangeError(ValueError):
    """A payload that is no heartbeat; the text says why and repeats nothing of it."""


def read(payload: bytes) -> Numbers:
    """Return the heartbeat.

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
    return numbers


def too_scattered(numbers: Numbers) -> str:
    """Why the books do not take what a heartbeat says of batches, if they do not; the agent is heard all the same."""
    ranges = sum(len(said.produced) + len(said.spooled) + len(said.dropped) for said in numbers.boots.values())
    if ranges <= MAX_RANGES:
        return ""
    return (
        f"its batches lie in {ranges} pieces, over the limit of {MAX_RANGES}: the ledger shows what it said before; "
        "see to what is held"
    )
