"""Whose reply a message is: by sequence number, random token and the address that it comes from. Pure."""

import os
from dataclasses import dataclass
from typing import Final, Literal

from agents.echo.packets import MARK, TOKEN, Echo
from agents.echo.round import Round

NUMBERS: Final = 1 << 16
_LOOKS: Final = 64
_RANDOM_OCTETS: Final = 1024  # at once, as asking the kernel costs as much as sending a packet

Verdict = Literal["taken", "duplicate", "late", "foreign"]


@dataclass(slots=True, eq=False)
class Pending:
    """The requests of a round that is under way, all with one token. `host` as the kernel spells it; `numbers` are the
    sequence numbers of them, in order."""

    host: str
    round: Round
    token: bytes
    numbers: list[int]


class Matching:
    """All requests that wait: at most one for each of the 65,536 sequence numbers."""

    def __init__(self) -> None:
        self.mark = os.urandom(MARK)
        """What all requests of this process carry."""
        self._pending: dict[int, tuple[Pending, int]] = {}
        self._next = int.from_bytes(os.urandom(2), "big")
        self._random: list[bytes] = []

    def __len__(self) -> int:
        return len(self._pending)

    def begin(self, host: str, round_: Round) -> Pending:
        """Begin a round with a token of its own."""
        if not self._random:
            data = os.urandom(_RANDOM_OCTETS)
            self._random = [data[at : at + TOKEN] for at in range(0, _RANDOM_OCTETS, TOKEN)]
        return Pending(host, round_, self._random.pop(), [])

    def free_number(self) -> int | None:
        """Return a sequence number that no request waits by; None when the next ones are all taken."""
        for _ in range(_LOOKS):
            if self._next not in self._pending:
                return self._next
            self._next = (self._next + 1) % NUMBERS
        return None

    def sent(self, pending: Pending, number: int, now_ns: int) -> None:
        """Note that a request was sent by a number that was free."""
        self._pending[number] = pending, pending.round.send(now_ns)
        pending.numbers.append(number)
        self._next = (number + 1) % NUMBERS

    def end(self, pending: Pending) -> None:
        """Wait for nothing more of a round."""
        for number in pending.numbers:
            del self._pending[number]
        pending.numbers.clear()

    def reply(self, echo: Echo, source: str, now_ns: int, waited_ns: int = 0) -> tuple[Verdict, Pending | None]:
        """Take a reply, by the monotonic clock, that has waited for us; say what it is and which round it is of. What
        comes after its round is late, and so is a forgery by a host that was asked before: nobody else has the mark."""
        if echo.mark != self.mark:
            return "foreign", None
        found = self._pending.get(echo.sequence)
        if found is None or found[0].token != echo.token:
            return "late", None
        pending, place = found
        if pending.host != source:
            return "foreign", None
        return pending.round.answer(place, now_ns, waited_ns), pending

    def error(self, echo: Echo, destination: str) -> Pending | None:
        """Take an ICMP error about a request to an address; return the round that it is of. Of an error that quotes no
        more than the header, as RFC 792 allows, the number and the address must do."""
        pending, place = self._pending.get(echo.sequence, (None, 0))
        if pending is None or pending.host != destination:
            return None
        ours = self.mark + pending.token
        if not ours.startswith(echo.mark + echo.token):
            return None
        pending.round.fail(place)
        return pending
