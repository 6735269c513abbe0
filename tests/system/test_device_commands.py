"""The commands for one device, against a real agent: poll, record, profile."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.ports import free_port
from servers.snmpd import Snmpd
from system.parts import ROOT
from system.test_commands import WITHIN, mangrove

from mangrove.record import snmprec

USER, AUTH, PRIVACY = "noc-reader", "auth-canary-31", "priv-canary-32"
COMMUNITY = "c0mmunity-canary"


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """An agent with a community and a user of version 3 of its own."""
    lines = [f'createUser {USER} SHA-256 "{AUTH}" AES "{PRIVACY}"', f"rouser {USER} priv"]
    with Snmpd(tmp_path_factory.mktemp("device"), community=COMMUNITY, lines=lines) as server:
        yield server


def asked(device: Snmpd, command: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that asks the device by its community."""
    where = f"{device.host}:{device.port}"
    return mangrove(*command.split(), where, *arguments, more={"MANGROVE_COMMUNITY": COMMUNITY, **more})


def test_poll_takes_the_profiles_that_match_when_none_is_named(device: Snmpd) -> None:
    said = asked(device, "poll")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("profiles that match: net-snmp-linux, ")
    assert "oper_status" in said.stdout
    assert "total_bytes [By]" in said.stdout


def test_poll_asks_as_a_user_of_version_3_and_shows_no_password(device: Snmpd) -> None:
    options = ("--user", USER, "--auth", "sha256", "--privacy", "aes128", "--profile", "system", "--explain")
    passwords = {"MANGROVE_AUTH_PASSWORD": AUTH, "MANGROVE_PRIVACY_PASSWORD": PRIVACY}
    said = asked(device, "poll", *options, **passwords)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "uptime_s [s]" in said.stdout
    wrong = asked(device, "poll", *options, **passwords | {"MANGROVE_AUTH_PASSWORD": "another-canary-33"})
    assert wrong.returncode == 1
    assert "auth" in wrong.stdout
    for text in (said.stdout, said.stderr, wrong.stdout, wrong.stderr):
        assert "canary" not in text


def test_poll_asks_an_ipv6_address(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    lines = [f"agentAddress udp6:[::1]:{port}", "rocommunity6 public ::1"]
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
    except OSError:
        pytest.skip("this host has no IPv6")
    with Snmpd(tmp_path, lines=lines):
        said = mangrove("poll", f"[::1]:{port}", "--profile", "system")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "uptime_s [s]" in said.stdout


def test_watch_ends_by_itself_after_so_many_polls_and_shows_rates(device: Snmpd) -> None:
    said = asked(device, "poll", "--profile", "if-mib", "--watch", "0.3", "--count", "3")
    assert said.returncode == 0, said.stderr
    assert [number for number in ("1/3", "2/3", "3/3", "4/3") if f"poll {number}: ok" in said.stdout] == [
        "1/3", "2/3", "3/3",
    ]  # fmt: skip
    assert "in_bps [bit/s]" not in said.stdout.partition("poll 2/3")[0]
    assert "in_bps [bit/s]" in said.stdout.partition("poll 3/3")[2]


def test_ctrl_c_ends_a_watch_without_a_traceback(device: Snmpd) -> None:
    command = [sys.executable, "-m", "mangrove", "poll", f"{device.host}:{device.port}", "--profile", "system"]
    environment = {**os.environ, "MANGROVE_LANG": "en", "MANGROVE_COMMUNITY": COMMUNITY, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--watch", "0.3"], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if "poll 2: ok" in line:
                break
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=WITHIN)
    assert (process.returncode, errors) == (0, "")
    assert "ended after" in out


def test_explain_shows_every_packet_and_what_a_walk_of_each_column_costs(device: Snmpd) -> None:
    said = asked(device, "poll", "--profile", "if-mib", "--explain").stdout
    assert "walk of interface: nothing is known of it yet" in said
    ours, theirs = (int(match[1]) for match in re.finditer(r"│ (?:this poll|a GET for each .*?)\s+│\s+(\d+) │", said))
    assert 1 <= ours <= 0.4 * theirs
    assert "speed_bps [bit/s]" in said
    assert "in_bps [bit/s]" not in said  # no rates over the moment between its two polls


@pytest.mark.parametrize("command", ["poll", "record", "profile match"])
def test_a_device_that_does_not_answer_ends_with_1_and_its_reason(device: Snmpd, command: str) -> None:
    said = asked(device, command, "--community", "wrong", "--timeout", "0.1", "--retries", "0")
    assert said.returncode == 1
    assert "did not answer" in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


@pytest.fixture(scope="module")
def recordings(device: Snmpd, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two recordings of the device, one after the other."""
    paths = [tmp_path_factory.mktemp("walks") / name for name in ("first.snmprec", "second.snmprec")]
    for path in paths:
        said = asked(device, "record", "--output", str(path))
        assert said.returncode == 0, said.stderr
        assert "objects; masked: " in said.stderr
    return paths


def test_a_recording_holds_what_net_snmp_walks_and_nothing_that_is_secret(
    device: Snmpd, recordings: list[Path]
) -> None:
    data = recordings[0].read_bytes()
    walk, problems = snmprec.read(data)
    assert problems == []
    assert data.startswith(b"# Mangrove ")
    there = {".".join(map(str, one.oid)): one.tag for one in walk}
    walked = device.snmpwalk("1.3.6.1.2.1.31.1.1.1.1")
    assert walked
    assert walked.keys() <= there.keys()
    for secret in (COMMUNITY, USER, AUTH, PRIVACY, device.sys_name, device.sys_contact, device.sys_location):
        assert secret.encode() not in data
        assert ".".join(str(octet) for octet in secret.encode()).encode() not in data


def test_a_recording_of_a_part_goes_to_stdout(device: Snmpd) -> None:
    said = asked(device, "record", "--from", "1.3.6.1.2.1.1", "--keep-names")
    walk, problems = snmprec.read(said.stdout.encode())
    assert (said.returncode, problems) == (0, [])
    assert all(one.oid[:7] == (1, 3, 6, 1, 2, 1, 1) for one in walk)
    assert device.sys_name.encode() in [one.value for one in walk]
    assert device.sys_contact not in said.stdout


def test_a_profile_is_tried_on_recordings_without_a_network(recordings: list[Path], tmp_path: Path) -> None:
    first, second = map(str, recordings)
    one = mangrove("profile", "test", "if-mib", first)
    assert (one.returncode, "speed_bps [bit/s]" in one.stdout, "in_bps [bit/s]" in one.stdout) == (0, True, False)
    two = mangrove("profile", "test", "if-mib", first, second)
    assert (two.returncode, "in_bps [bit/s]" in two.stdout) == (0, True)
    found = mangrove("profile", "test", "if-mib", first, second, "--json").stdout
    expected = tmp_path / "expected.json"
    expected.write_text(found, encoding="utf-8")
    same = mangrove("profile", "test", "if-mib", first, second, "--expected", str(expected))
    assert (same.returncode, same.stdout) == (0, "")
    rows = json.loads(found)
    rows["interface"][0]["oper_status"] = 7
    expected.write_text(json.dumps(rows), encoding="utf-8")
    other = mangrove("profile", "test", "if-mib", first, second, "--expected", str(expected))
    assert (other.returncode, other.stdout) == (1, "interface[if_name=lo].oper_status: 7 -> 1\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("if-mi", "{walk}"), "did you mean if-mib?"),
        (("if-mib", "nowhere.snmprec"), "cannot be read"),
        (("nowhere.yaml", "{walk}"), "cannot be read"),
        (("if-mib", "{walk}", "--expected", "{walk}"), "is not what `mangrove profile test --json` prints"),
    ],
)
def test_what_cannot_be_tried_says_why(recordings: list[Path], arguments: tuple[str, ...], said: str) -> None:
    tried = mangrove("profile", "test", *(argument.format(walk=recordings[0]) for argument in arguments))
    assert (tried.returncode, said in tried.stderr) == (2, True), tried.stderr


def test_profiles_are_listed_and_matched(device: Snmpd) -> None:
    listed = mangrove("profile", "list", more={"MANGROVE_LANG": "vi"})
    assert (listed.returncode, "mọi thiết bị" in listed.stdout) == (0, True)
    matched = asked(device, "profile match")
    assert matched.returncode == 0, matched.stderr
    assert re.search(r"✓ │ net-snmp-linux +│ sysObjectID begins with 1\.3\.6\.1\.4\.1\.8072", matched.stdout)
    assert re.search(r"- │ bgp4 +│ not so: has objects at", matched.stdout)
