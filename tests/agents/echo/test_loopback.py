"""Echoes for real, by the kernel: loopback, and networks of our own that lose, delay and double packets."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from agents.echo.once import once

from agents.echo.sockets import NoSocketError, open_socket

ROOT = Path(__file__).resolve().parents[3]
HOSTS = {socket.AF_INET: ("127.0.0.1", "127.9.9.9"), socket.AF_INET6: ("::1",)}
TOOLS = ("unshare", "nsenter", "ip")
NOBODY = "setpriv --reuid 65534 --regid 65534 --clear-groups"
DATAGRAM = "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range"
LINK = """
ip link set lo up
ip link add near type veth peer name far
unshare --net sleep 60 & peer=$!
trap 'kill $peer' EXIT
while [ "$(readlink /proc/$peer/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do :; done
ip link set far netns $peer
ip address add 10.9.0.1/24 dev near
ip link set near up
ip -6 address add fd00:9::1/64 dev near nodad
ip route add 10.9.1.0/24 via 10.9.0.2
ip -6 route add fd00:a::/64 via fd00:9::2
far() { nsenter --net=/proc/$peer/ns/net "$@"; }
far ip link set lo up
far ip address add 10.9.0.2/24 dev far
far ip link set far up
far ip -6 address add fd00:9::2/64 dev far nodad
"""


def why_not(family: socket.AddressFamily) -> str:
    """Why this machine cannot run such a test, or nothing."""
    try:
        opened = open_socket(family, None)
    except NoSocketError as error:
        return str(error)
    opened.wire.close()
    return ""


def measured(setup: str, *hosts: str, count: int = 10, timeout_s: float = 0.4, by: str = "") -> dict[str, Any]:
    """What one round to each host measures in a network namespace that a script has made, `by` whom."""
    for tool in (*TOOLS, *by.split()[:1]):
        if shutil.which(tool) is None:
            pytest.skip(f"this machine has no {tool}")
    allowed = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    if allowed.returncode:
        pytest.skip(f"this machine gives us no network namespace: {allowed.stderr.strip()}")
    script = f'set -e\n{setup}\n{by} "$0" -m agents.echo.once "$@"'
    ended = subprocess.run(
        ["unshare", "--net", "sh", "-c", script, sys.executable, str(count), str(timeout_s), *hosts],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("family", HOSTS, ids=["ipv4", "ipv6"])
async def test_loopback_answers_every_echo_within_milliseconds(family: socket.AddressFamily) -> None:
    if why := why_not(family):
        pytest.skip(why)
    found = await once(5, 1.0, [*HOSTS[family]])
    rows = found["rows"]
    assert isinstance(rows, list)
    for row in rows:
        assert (row["sent"], row["received"], row["loss_pct"], row["icmp_errors"], row["duplicates"]) == (5, 5, 0, 0, 0)
        assert 0 < row["rtt_min_ms"] <= row["rtt_mean_ms"] <= row["rtt_max_ms"] < 100
        assert 0 <= row["jitter_ms"] < 100
    assert (found["errors"], found["unsent"]) == (0, 0)


def test_a_user_without_privilege_sends_where_the_system_lets_its_group() -> None:
    found = measured(f"ip link set lo up\n{DATAGRAM}", "127.0.0.1", "::1", by=NOBODY)
    assert [(row["sent"], row["received"]) for row in found["rows"]] == [(10, 10)] * 2


def test_a_user_whom_the_system_lets_have_neither_socket_measures_nothing_and_says_so() -> None:
    forbidden = "echo '1 0' > /proc/sys/net/ipv4/ping_group_range"
    found = measured(f"ip link set lo up\n{forbidden}", "127.0.0.1", "::1", by=NOBODY)
    assert [(row["sent"], row["loss_pct"], row["rtt_mean_ms"]) for row in found["rows"]] == [(0, None, None)] * 2
    assert found["unsent"] >= 20


def far(lose_each: int = 0, copies: int = 1, delay_ms: int = 0) -> str:
    """The script of a namespace with hosts behind a tunnel; see far.py."""
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        pytest.skip("this machine gives us no /dev/net/tun")
    start = f'"$0" -m agents.echo.far {lose_each} {copies} {delay_ms} > "$up" & peer=$!'
    wait = "trap 'kill $peer; rm $up' EXIT\nuntil [ -s $up ]; do kill -0 $peer; done"
    return f"up=$(mktemp)\nip link set lo up\n{start}\n{wait}"


def test_a_network_that_delays_and_doubles_shows_in_the_numbers() -> None:
    found = measured(far(copies=2, delay_ms=30), "10.9.0.2", "fd00:9::2")
    for row in found["rows"]:
        assert (row["sent"], row["received"], row["loss_pct"]) == (10, 10, 0.0)
        assert 29.9 <= row["rtt_min_ms"] <= row["rtt_mean_ms"] < 150
        assert row["duplicates"] in (9, 10)  # the last round is over with its first reply


def test_a_network_that_loses_each_third_packet_shows_as_loss_and_one_that_loses_all_as_100_percent() -> None:
    found = measured(far(lose_each=3), "10.9.0.2", "fd00:9::2", count=12)
    for row in found["rows"]:
        assert (row["sent"], row["received"], row["icmp_errors"], row["duplicates"]) == (12, 8, 0, 0)
        assert 33.3 < row["loss_pct"] < 33.4
        assert row["jitter_ms"] is not None
    found = measured(far(lose_each=1), "10.9.0.2", "fd00:9::2")
    assert [(row["loss_pct"], row["rtt_max_ms"]) for row in found["rows"]] == [(100.0, None)] * 2


def test_a_network_that_is_slower_than_the_timeout_loses_all() -> None:
    found = measured(far(delay_ms=250), "10.9.0.2", "fd00:9::2", timeout_s=0.2)
    assert [(row["sent"], row["loss_pct"], row["duplicates"]) for row in found["rows"]] == [(10, 100.0, 0)] * 2


@pytest.mark.parametrize("by", ["", NOBODY], ids=["raw", "datagram"])
def test_what_a_router_says_of_a_host_that_cannot_be_reached_is_understood(by: str) -> None:
    nowhere = (
        "far ip route add unreachable 10.9.1.0/24\nfar ip -6 route add unreachable fd00:a::/64\n"
        "far sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'"
    )
    groups = DATAGRAM if by else ""
    found = measured(f"{LINK}\n{nowhere}\n{groups}", "10.9.1.7", "fd00:a::7", "10.9.0.2", by=by)
    for row in found["rows"][:2]:
        assert (row["sent"], row["received"], row["loss_pct"]) == (10, 0, 100.0)
        assert 1 <= row["icmp_errors"] <= 10  # a router says it a few times a second
    assert found["rows"][2]["loss_pct"] == 0.0
