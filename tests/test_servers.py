"""The servers of the tests keep their promises."""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from servers.find import MissingServerError, find
from servers.influxdb import InfluxDb, rows
from servers.mosquitto import Mosquitto
from servers.ports import HOST, free_port
from servers.process import ServerError
from servers.snmpd import Snmpd, parse
from servers.victoria_metrics import VictoriaMetrics

NOW = 1_700_000_000_000


def lives(pid: int) -> bool:
    """Whether such a process runs: a zombie does not."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("kind", [Mosquitto, InfluxDb, VictoriaMetrics, Snmpd])
def test_a_server_answers_again_on_its_port_after_each_kind_of_end(
    kind: type[Mosquitto | InfluxDb | VictoriaMetrics | Snmpd], tmp_path: Path
) -> None:
    pids = []
    with kind(tmp_path) as server:
        port = server.port
        for end in (server.kill, server.stop):
            pids.append(server.pid)
            end()
            assert not server.is_running
            assert not server.is_ready()
            server.start()
            assert server.is_ready()
        pids.append(server.pid)
        assert server.port == port
    assert len(set(pids)) == 3
    assert not any(lives(pid) for pid in pids)


def test_a_paused_server_is_silent_until_it_resumes(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as server:
        assert not server.is_stopped
        server.pause()
        assert not server.is_ready()
        assert server.is_stopped
        server.resume()
        assert server.is_ready()
        assert not server.is_stopped


def environment(pid: int) -> list[bytes]:
    """Return the variables of a process, which has none for a moment while it becomes its program (execve(2))."""
    deadline, pause = time.monotonic() + 10, threading.Event()
    while not (found := Path(f"/proc/{pid}/environ").read_bytes().strip(b"\0")):
        assert time.monotonic() < deadline, f"process {pid} has no environment"
        pause.wait(0.01)
    return found.split(b"\0")


def test_a_server_that_is_launched_is_not_waited_for_and_how_it_ends_is_known(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path)
    server.launch({"OF_THIS_START": "only"})
    with server:
        assert b"OF_THIS_START=only" in environment(server.pid)
        with pytest.raises(ServerError, match=r"still runs after 0\.1 s"):
            server.ended(0.1)
        with pytest.raises(ServerError, match="runs already"):
            server.launch()
        os.kill(server.pid, signal.SIGKILL)
        assert server.ended(10) == -signal.SIGKILL
        assert not server.is_stopped
        server.start()
        assert b"OF_THIS_START=only" not in environment(server.pid)


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_paused_server_can_be_ended(tmp_path: Path, end: str) -> None:
    with Mosquitto(tmp_path) as server:
        pid = server.pid
        server.pause()
        getattr(server, end)()
        assert not lives(pid)


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    find("mosquitto")
    script = (
        "import pathlib, signal, sys\n"
        "from servers.mosquitto import Mosquitto\n"
        f"server = Mosquitto(pathlib.Path({str(tmp_path)!r}))\n"
        "server.start()\n"
        "print(server.pid, flush=True)\n"
        "signal.pause()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        watched = os.pidfd_open(pid)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    # It is not our child, so only a descriptor of it, readable at its end, tells us.
    assert select.select([watched], [], [], 10)[0]
    os.close(watched)


def test_a_server_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    with server:
        assert server.is_ready()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path, options={"no_such_option": 1})
    with pytest.raises(ServerError, match="no_such_option"):
        server.start()


def test_a_program_that_is_nowhere_is_reported_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingServerError, match="make servers"):
        find("mosquitto", root=tmp_path, system=str(tmp_path))


def test_in_a_fresh_clone_the_edge_node_of_sparkplug_is_fetched_too(tmp_path: Path) -> None:
    folder = tmp_path / "tests/servers"
    folder.mkdir(parents=True)
    for name in ("install", "sparkplug.txt"):
        shutil.copy(Path(__file__).parent / "servers" / name, folder)
    programs = {
        ".venv/bin/python": 'while [ "$1" != --target ]; do shift; done; mkdir "$2"',
        **dict.fromkeys(("bin/mosquitto", "bin/influxd", "bin/victoria-metrics", "bin/snmpd", "bin/snmpbulkwalk"), ""),
    }
    for name, text in programs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([folder / "install", "--strict"], env={"PATH": path}, check=True, timeout=30)
    assert (tmp_path / ".servers/sparkplug/requirements.txt").exists()


def test_a_system_program_comes_before_ours_and_needs_no_libraries_of_ours(tmp_path: Path) -> None:
    ours, system = tmp_path / "root/usr/sbin/snmpd", tmp_path / "system/snmpd"
    library = tmp_path / "root/usr/lib/x86_64-linux-gnu"
    library.mkdir(parents=True)
    for path in (ours, system):
        path.parent.mkdir(parents=True)
        path.touch(mode=0o755)
    assert find("snmpd", root=tmp_path / "root", system=str(system.parent)).path == system
    fallback = find("snmpd", root=tmp_path / "root", system=str(tmp_path))
    assert (fallback.path, fallback.environment) == (ours, {"LD_LIBRARY_PATH": str(library)})


def test_a_free_port_is_never_one_that_a_client_may_be_given() -> None:
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    assert all(free_port() < low for _ in range(100))


def test_mosquitto_with_users_refuses_strangers(tmp_path: Path) -> None:
    acl = "user agent-1\ntopic readwrite mangrove/#\n"
    with Mosquitto(tmp_path, users={"agent-1": "s3cret"}, acl=acl) as server:
        assert _connack(server, "agent-1", "s3cret") == 0
        assert _connack(server, "agent-1", "wrong") == 5
        assert _connack(server, "agent-2", "s3cret") == 5


def test_influxdb_gives_back_what_was_written_also_after_a_kill(influxdb: InfluxDb) -> None:
    influxdb.write(f"mem,device=a used=1.5,n=2i {NOW}\nmem,device=b used=2.5,n=3i {NOW + 1}")
    expected = [
        {"measurement": "mem", "device": "a", "time": NOW, "used": 1.5, "n": 2},
        {"measurement": "mem", "device": "b", "time": NOW + 1, "used": 2.5, "n": 3},
    ]
    assert influxdb.query("SELECT used, n FROM mem GROUP BY device") == expected
    influxdb.kill()
    influxdb.start()
    assert influxdb.query("SELECT used, n FROM mem GROUP BY device") == expected


def test_influxdb_says_what_is_wrong_with_a_query_or_a_line(influxdb: InfluxDb) -> None:
    with pytest.raises(ServerError, match="error parsing query"):
        influxdb.query("SELECTED nothing")
    with pytest.raises(ServerError, match="unable to parse"):
        influxdb.write("not a line")
    with pytest.raises(ServerError, match="database not found"):
        influxdb.query("SELECT * FROM mem", database="elsewhere")


def test_influxdb_with_a_user_refuses_strangers_and_keeps_the_user(tmp_path: Path) -> None:
    with InfluxDb(tmp_path, user="writer", password="s3cret") as server:
        server.kill()
        server.start()
        assert {row["name"] for row in server.query("SHOW DATABASES")} == {server.database}
        server.user = "stranger"
        with pytest.raises(ServerError, match="authorization failed"):
            server.query("SHOW DATABASES")


def test_an_answer_without_rows_has_no_rows() -> None:
    assert rows(b'{"results":[{"statement_id":0}]}') == []


def test_victoria_metrics_exports_what_was_written_just_now(victoria_metrics: VictoriaMetrics) -> None:
    victoria_metrics.write(f"mem,device=b,area=x used=2 {NOW + 1}\nmem,device=b,area=x used=1.5 {NOW}")
    assert victoria_metrics.export() == {'mem_used{area="x",device="b"}': [(NOW, 1.5), (NOW + 1, 2.0)]}
    assert victoria_metrics.export('{__name__="other"}') == {}


def test_snmpd_answers_netsnmp_in_both_versions(snmpd: Snmpd) -> None:
    assert snmpd.snmpget("1.3.6.1.2.1.1.5.0") == f'STRING: "{snmpd.sys_name}"'
    assert snmpd.snmpget("1.3.6.1.2.1.1.5.0", version="1") == f'STRING: "{snmpd.sys_name}"'
    names = snmpd.snmpwalk("1.3.6.1.2.1.2.2.1.2")
    assert 'STRING: "lo"' in names.values()
    assert snmpd.snmpwalk("1.3.6.1.2.1.2.2.1.2", version="1") == names


def test_an_instance_that_is_not_there_has_no_value(snmpd: Snmpd) -> None:
    with pytest.raises(KeyError):
        snmpd.snmpget("1.3.6.1.2.1.1.5.99")
    assert snmpd.snmpwalk("1.3.6.1.2.1.99999") == {}


def test_a_value_of_several_lines_stays_whole() -> None:
    assert parse('.1.3.1 = STRING: "a\nb"\n.1.3.2 = INTEGER: 1\n') == {"1.3.1": 'STRING: "a\nb"', "1.3.2": "INTEGER: 1"}


def test_a_port_in_use_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, free_port()))
        assert all(free_port() != taken.getsockname()[1] for _ in range(100))


def _connack(server: Mosquitto, user: str, password: str) -> int:
    """The return code of a CONNECT with these credentials (MQTT 3.1.1 §3.2.2.3)."""
    text = b"".join(len(part).to_bytes(2) + part for part in (b"test", user.encode(), password.encode()))
    content = b"\x00\x04MQTT\x04\xc2\x00\x05" + text
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(b"\x10" + bytes([len(content)]) + content)
        return connection.recv(4)[3]
