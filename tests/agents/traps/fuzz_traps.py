"""A target for atheris: whatever datagram comes, the gate, the engines and the understanding return or refuse, and so
does the listener as a whole, with pysnmp in it.

PYTHONPATH=.:tests python tests/agents/traps/fuzz_traps.py -max_total_time=60 -max_len=65507
"""

import asyncio
import sys
import time

import atheris

with atheris.instrument_imports(
    include=["agents.traps.gate", "agents.traps.engines", "agents.traps.notice", "agents.traps.understand"]
):
    from agents.traps.listening import Site

from agents.traps.gate import look
from agents.traps.refused import RefusedError

SLOW_S = 0.01  # of 100 kB, and at least; what is instrumented takes longer


class Target:
    """One listener for all inputs; nobody sends to it but us."""

    def __init__(self) -> None:
        self.site = Site(burst=10_000)

    def read(self, data: bytes) -> None:
        """Give one input to the gate, and one datagram to the listener."""
        began = time.process_time()
        try:
            look(data)
        except RefusedError:
            pass
        except BaseException:
            print(f"crashed on {data.hex()}", file=sys.stderr, flush=True)
            raise
        assert time.process_time() - began < SLOW_S + len(data) / 100_000 * SLOW_S, data.hex()
        hearing = self.site.hearing
        hearing.guard._buckets.clear()
        hearing._on_datagram(data, ("127.0.0.1", 162))
        while hearing._waiting:
            hearing.step()
        assert not hearing.counts.bugs, data.hex()
        assert self.site.accounted == hearing.counts.datagrams, data.hex()
        self.site.batches.clear()


async def _main() -> None:
    atheris.Setup(sys.argv, Target().read)
    atheris.Fuzz()


def main() -> None:
    """Fuzz as the command line says (libFuzzer's options) until that ends or something crashes."""
    asyncio.run(_main())


if __name__ == "__main__":
    main()
