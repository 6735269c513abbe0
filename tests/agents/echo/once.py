"""`python -m agents.echo.once COUNT TIMEOUT_S HOST...`: one batch of echoes to each host, as JSON. For a namespace."""

import asyncio
import json
import sys

from agents.echo.test_echoes import assignment, device
from agents.waiting import until

from agents.echo.echoes import Echoes
from agents.host_clock import HostClock
from contract.batch import Batch


async def once(count: int, timeout_s: float, hosts: list[str]) -> dict[str, object]:
    """Return the row of each host, in their order, and what the sockets counted."""
    found: dict[str, Batch] = {}

    def put(batch: Batch) -> None:
        found.setdefault(batch.device, batch)

    echoes = Echoes([], 1000, put, HostClock(is_synchronised=lambda: True))
    devices = [
        device(f"d-{number}", address=host, echo=count, interval_s=1.0, timeout_s=timeout_s)
        for number, host in enumerate(hosts)
    ]
    echoes.apply(assignment(*devices))
    task = asyncio.create_task(echoes.run())
    await until(lambda: len(found) == len(hosts))
    echoes.stop()
    task.cancel()
    tables = [found[one.id].tables[0] for one in devices]
    rows = [dict(zip(table.fields, table.rows[0], strict=True)) for table in tables]
    return {"rows": rows, "errors": echoes.link.errors, "unsent": echoes.link.unsent, "replies": echoes.counts.replies}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(once(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))))
