"""Pages while the collector is killed: every fault is told, and its end; nothing else is; copies carry the same key."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from collector.oncall.receivers import HttpReceiver
from servers.mosquitto import Mosquitto
from system.parts import write_yaml
from system.test_oncall import oncall_file
from system.thread import Thread, running, wait_for

from contract.inventory import AgentEntry, Area, Device, Inventory, Site
from simulator.snmp.server import free_ports

CYCLES = 10  # each with a kill while the alerts fire and one while they resolve
FOR_S = 0.6
RULES = {
    "rules": {
        "router-unreachable": {
            "kind": "unreachable",
            "en": "The router does not answer",
            "vi": "Bộ định tuyến không trả lời",
            "page": True,
            "for_s": FOR_S,
            "keep_firing_for_s": FOR_S,
        }
    }
}


def two_sites() -> Inventory:
    """Two routers that have nothing to do with each other."""
    sites = ["east", "west"]
    return Inventory(
        areas=[Area(id="nam-can", name="Xã Năm Căn", level="commune")],
        sites=[Site(id=site, name=f"Trạm {site} (mẫu tự sinh)", area="nam-can") for site in sites],
        agents=[AgentEntry(id="agent-a")],
        devices=[
            Device(
                id=f"rt-{site}",
                site=site,
                agent="agent-a",
                address="127.0.0.1",
                port=port,
                profiles=["system"],
                credential="sample",
                interval_s=0.3,
                timeout_s=0.2,
                retries=0,
                role="router",
            )
            for site, port in zip(sites, free_ports(2), strict=True)
        ],
        credentials=["sample"],
    )


def kill_soon(thread: Thread, choose: random.Random) -> None:
    """SIGKILL the collector at a random moment around the one at which it decides, and start it again."""
    threading.Event().wait(choose.uniform(0.0, 2.5 * FOR_S + 0.4))
    thread.collector.kill()
    thread.collector.start()


@pytest.mark.timeout(300)
def test_twenty_kills_while_alerts_fire_and_resolve_miss_no_page_and_double_at_most_one_each(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    choose = random.Random(20261126)
    write_yaml(tmp_path / "rules.d.yaml", RULES)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules.d.yaml").rename(tmp_path / "rules" / "rules.yaml")
    with HttpReceiver() as phone:
        oncall_file(tmp_path, sms=phone.url())
        more: dict[str, object] = {"rules": "rules", "oncall": "oncall.yaml"}
        with running(tmp_path, mosquitto, two_sites(), {"kind": "embedded"}, more=more) as thread:
            assert thread.devices is not None
            wait_for(lambda: thread.stored() > 0, "the first batch is stored")
            for cycle in range(1, CYCLES + 1):
                thread.devices.kill()
                kill_soon(thread, choose)
                wait_for(has_told(phone, "page", 2 * cycle), f"both pages of cycle {cycle}")
                thread.devices.start()
                kill_soon(thread, choose)
                wait_for(has_told(phone, "resolve", 2 * cycle), f"both ends of cycle {cycle}")
            found = phone.named()
    assert {action for _, action in found} == {"page", "resolve"}
    copies = Counter(found)
    assert len(copies) == 4 * CYCLES  # one page and one end of each fault, and no other
    assert sum(copies.values()) - len(copies) <= 2 * CYCLES
    for key in {key for key, _ in found}:
        ours = [action for name, action in found if name == key]
        assert ours == sorted(ours)  # the page, then its end


def has_told(phone: HttpReceiver, action: str, incidents: int) -> Callable[[], bool]:
    """Whether it has heard that of so many incidents."""
    return lambda: len({key for key, said in phone.named() if said == action}) == incidents
