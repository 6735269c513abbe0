"""The commands of who is on call, as they are typed at night: with the key as the page has it, and with mistakes."""

import json
from pathlib import Path

import pytest
from collector.oncall.receivers import HttpReceiver
from servers.mosquitto import Mosquitto
from system.parts import offline_collector, write_yaml
from system.test_commands import mangrove
from system.test_oncall import oncall_file
from system.test_pages import RULES, has_told, two_sites
from system.thread import running, wait_for

from contract.config_file import ConfigError
from mangrove.incidents import plan


@pytest.mark.timeout(120)
def test_an_incident_is_shown_taken_and_explained_by_the_key_of_its_page(mosquitto: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    write_yaml(tmp_path / "rules" / "rules.yaml", RULES)
    with HttpReceiver() as phone:
        oncall_file(tmp_path, sms=phone.url())
        more: dict[str, object] = {"rules": "rules", "oncall": "oncall.yaml"}
        with running(tmp_path, mosquitto, two_sites(), {"kind": "embedded"}, more=more) as thread:
            here = {"MANGROVE_CONFIG": str(thread.collector.config_path), "USER": "ca-truc", "SUDO_USER": ""}
            assert "no incident is open" in mangrove("incidents", more=here).stdout
            assert "no maintenance is announced" in mangrove("maintenance", "list", more=here).stdout
            assert thread.devices is not None
            wait_for(lambda: thread.stored() > 0, "the first batch is stored")
            thread.devices.kill()
            wait_for(has_told(phone, "page", 2), "both pages")
            key = phone.named()[0][0]

            shown = mangrove("incidents", more=here).stdout
            assert f"{key}  Trạm" in shown
            assert "nobody has taken it" in shown
            assert mangrove("ack", f"[#{key.upper()}]", more=here).stdout == f"{key}: taken by ca-truc\n"
            again = mangrove("ack", key, more=here)
            assert (again.returncode, again.stderr) == (1, f"{key} was acknowledged by ca-truc already\n")
            why = mangrove("why", f"#{key}", more=here).stdout
            assert "acknowledged by ca-truc" in why
            assert "page to ca-truc-1: sent sms" in why
            missing = mangrove("why", "nowhere", more=here)
            assert missing.returncode == 1
            assert "no incident, device, sensor, site" in missing.stderr

            added = mangrove("maintenance", "add", "east", "--until", "4h", "--reason", "ắc quy mới", more=here)
            assert added.stdout.startswith("maintenance of east is announced, ")
            assert "ắc quy mới" in mangrove("maintenance", "list", more=here).stdout
            assert "no maintenance is announced" in mangrove("maintenance", "remove", "1", more=here).stdout
            again = mangrove("maintenance", "remove", "1", more=here)
            assert (again.returncode, again.stderr.startswith("there is no maintenance 1")) == (1, True)
            past = mangrove("maintenance", "add", "east", "--from", "2026-01-05 22:00", "--until", "4h", more=here)
            assert "2026-01-05 22:00:00 to 2026-01-06 02:00:00" in past.stdout
            abroad = mangrove("maintenance", "add", "east", "--from", "2026-01-05T22:00Z", "--until", "4h", more=here)
            assert "2026-01-06 05:00:00 to" in abroad.stdout
            unknown = mangrove("maintenance", "add", "nowhere", more=here)
            assert (unknown.returncode, "no device, sensor, site, area or agent nowhere" in unknown.stderr) == (1, True)
            found = [json.loads(line) for line in mangrove("incidents", "--json", more=here).stdout.splitlines()]
            assert {one["key"] for one in found} == {name for name, _ in phone.named()}


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-02-17 22:00", "2026-02-17 20:00", "--until: is not after --from"),
        ("2026-02-17 22:00", "0h", "--until: is not after --from"),
        ("17/02/2026 22:00", "4h", "is no time: write"),
        ("22:00", "4h", "is no time: write"),
        ("", "4", "is no time: write"),
        ("0001-01-01", "2h", "is no time: write"),
    ],
)
def test_a_time_that_cannot_be_meant_is_told_before_anybody_is_asked(
    tmp_path: Path, since: str, until: str, said: str
) -> None:
    offline_collector(tmp_path)
    with pytest.raises(ConfigError, match=said):
        plan(tmp_path / "collector.yaml", "east", since, until, "")
