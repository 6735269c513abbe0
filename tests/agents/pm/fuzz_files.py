"""A target for atheris: whatever a performance file is, packed or not, it is read or refused with a reason.

python tests/agents/pm/fuzz_files.py -max_total_time=60
"""

import sys
from typing import Final

import atheris

with atheris.instrument_imports(include=["agents.pm"]):
    from agents.host_clock import Stamp
    from agents.pm.errors import PmError
    from agents.pm.gather import Gather
    from agents.pm.parse import Parser
    from agents.pm.plan import plan_of
    from agents.pm.unpack import unpacked
    from contract.messages import AssignedCell
    from contract.pm import Counters

COUNTERS: Final = Counters.model_validate(
    {
        "en": "-",
        "vi": "-",
        "technologies": ["4g"],
        "tables": [
            {
                "measurement": "cell",
                "fields": {"reported_s": ["@period"], "available_s": ["@period - U", "@period - U.*"], "x": ["A + B"]},
                "ratios": {"available_pct": {"of": ["available_s / reported_s"], "scale": 100}},
            }
        ],
    }
)
MOST: Final = 1 << 20  # bytes, unpacked
PLAN: Final = plan_of("1-a", [AssignedCell(id="c", key="C=1", technology="4g")], {"a": COUNTERS})


def read(data: bytes) -> None:
    """Give one input to the reader, as a file in two pieces."""
    gather = Gather(PLAN, Stamp(1_795_716_000_000, 7, synced=True))
    parser = Parser(gather)
    try:
        given = 0
        for piece in unpacked(iter((data[:100], data[100:])), MOST):
            given += len(piece)
            assert given <= MOST
            parser.feed(piece)
        parser.close()
        for batch in gather.batches():
            batch.model_dump_json()
    except PmError:
        return
    except BaseException:
        print(f"crashed on {data.hex()}", file=sys.stderr, flush=True)
        raise


def main() -> None:
    """Fuzz as the command line says (libFuzzer's options) until that ends or something crashes."""
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
