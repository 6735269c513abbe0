"""`mangrove enroll` and `mangrove revoke`: what is given out, what is taken back, and what the broker makes of it."""

import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from deploy.broker import OBSERVER, ShippedBroker
from deploy.client import Client, RefusedError
from deploy.logins import login
from hypothesis import given
from hypothesis import strategies as st
from system.parts import write_yaml
from typer.testing import CliRunner

from agents.config import load_agent_config
from contract import topics
from contract.topics import SLUG
from mangrove import broker_acl, certificates, own_certificate
from mangrove import enroll as commands
from mangrove.cli import app
from mangrove.deploy import SERVICES, make
from mangrove.deploy_files import DeployError, Files
from mangrove.register import User, enrol, revoke, users

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment, made now."""
    folder = tmp_path_factory.mktemp("made") / "made"
    make(folder, ["broker.ttvt.example"], datetime.now(UTC))
    return folder


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """A deployment of the test's own."""
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made"


def _said(*arguments: str, code: int = 0) -> str:
    said = CliRunner().invoke(app, arguments, env={"MANGROVE_LANG": "en", "COLUMNS": "200"})
    assert said.exit_code == code, said.output
    return said.output


def _tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def test_an_agent_is_let_in_once_and_a_second_time_nothing_is_changed(folder: Path) -> None:
    first = _said("enroll", "tram-a", "--folder", str(folder))
    before = _tree(folder)
    second = _said("enroll", "tram-a", "--folder", str(folder))

    assert _tree(folder) == before
    assert "kill -s HUP broker" in first
    assert "nothing new was given out" in second
    assert "PRIVATE" not in first + second
    assert "user tram-a\ntopic write mangrove/v1/batches/tram-a\n" in (folder / "users" / "acl").read_text()


def test_whatever_is_done_no_key_is_ever_printed(folder: Path) -> None:
    said = ""
    keys = []
    for command in (["enroll"], ["enroll", "--renew"], ["revoke"], ["enroll"], ["enroll", "--list"]):
        agent = [] if "--list" in command else ["tram-a"]
        said += _said(*command, *agent, "--folder", str(folder))
        keys.append((folder / "clients" / "tram-a" / "client.key").read_text())
    lines = {line for key in keys for line in key.splitlines()}
    assert len(lines) == 2 + 3 * 3  # three keys, each of as many lines between the first and the last
    assert [line for line in lines if line in said] == []
    assert "PRIVATE" not in said


def test_what_is_carried_to_an_agent_is_all_that_its_file_needs(folder: Path, tmp_path: Path) -> None:
    _said("enroll", "tram-a", "--folder", str(folder))
    carried = tmp_path / "etc"
    shutil.copytree(folder / "clients" / "tram-a", carried)
    section = yaml.safe_load((carried / "broker.yaml").read_text())
    write_yaml(carried / "agent.yaml", {"id": "tram-a", "data": "data", "credentials": {}} | section)

    config, _ = load_agent_config(carried / "agent.yaml")

    assert (config.broker.host, config.broker.port) == ("broker.ttvt.example", 8883)
    assert config.broker.tls is not None
    assert config.broker.tls.cert_file is not None
    assert own_certificate.judge(config.broker.tls.cert_file, "tram-a", datetime.now(UTC))[0]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in carried.iterdir() if path.suffix != ".yaml"} == {
        "ca.crt": 0o644,
        "client.crt": 0o644,
        "client.key": 0o600,
    }


def test_a_client_certificate_is_good_for_a_client_only() -> None:
    ca, ca_key = certificates.authority("Mangrove test", NOW)
    made = x509.load_pem_x509_certificate(certificates.client("tram-a", ca, ca_key, NOW, 30)[0])
    purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert made.subject.rfc4514_string() == "CN=tram-a"
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=30)
    long = x509.load_pem_x509_certificate(certificates.client("tram-a", ca, ca_key, NOW, 99_999)[0])
    assert long.not_valid_after_utc == x509.load_pem_x509_certificate(ca).not_valid_after_utc


@pytest.mark.parametrize(
    "agent",
    [
        *("looker", "health", "sensors", "sensors-nam-can", "collector-ca-mau", "collector-x"),
        *("Tram", "tram/a", "+", "#", "tram a", "-a", "a" * 64, "../x", "tram\nuser looker", "trạm", "{id}"),
    ],
)
def test_what_cannot_be_an_agent_gets_nothing(folder: Path, agent: str) -> None:
    before = _tree(folder)
    assert "cannot be an agent's id" in _said("enroll", "--folder", str(folder), "--", agent, code=2)
    assert _tree(folder) == before


@pytest.mark.parametrize("user", ["tram-a", "collector-", "collector-X", "sensors--", "Looker", "collector-a/b"])
def test_what_is_no_service_is_not_made_one(folder: Path, user: str) -> None:
    assert "is no service" in _said("enroll", user, "--service", "--folder", str(folder), code=2)


def test_another_collector_and_the_sensors_of_one_site_are_services(folder: Path) -> None:
    for user in ("collector-bac-lieu", "sensors-nam-can"):
        _said("enroll", user, "--service", "--folder", str(folder))
    acl = (folder / "users" / "acl").read_text()
    assert "user collector-bac-lieu\n" in acl
    assert "topic readwrite mangrove/v1/collectors/bac-lieu/+\n" in acl
    assert "user sensors-nam-can\ntopic write site/nam-can/#\n" in acl


def test_an_agent_that_the_inventory_does_not_have_is_not_enrolled(folder: Path, tmp_path: Path) -> None:
    inventory = {"areas": [], "sites": [], "agents": [{"id": "tram-a"}], "devices": [], "credentials": []}
    write_yaml(tmp_path / "inventory.yaml", inventory)
    more = ("--folder", str(folder), "--inventory", str(tmp_path / "inventory.yaml"))
    assert "has no agent tram-b" in _said("enroll", "tram-b", *more, code=2)
    _said("enroll", "tram-a", *more)


def test_a_host_that_the_brokers_certificate_does_not_name_is_told(folder: Path) -> None:
    said = _said("enroll", "tram-a", "--host", "other.example", "--folder", str(folder), code=2)
    assert "broker.crt: it does not name other.example" in said
    assert not (folder / "clients" / "tram-a").exists()


def test_a_broker_that_other_hosts_cannot_name_is_told(tmp_path: Path) -> None:
    make(tmp_path, [], datetime.now(UTC))
    said = _said("enroll", "tram-a", "--folder", str(tmp_path), code=2)
    assert "broker.crt has no name that other hosts know: delete broker.crt and grafana.crt there" in said
    assert f"run mangrove secrets {tmp_path} --name HOST" in said
    _said("enroll", "tram-a", "--host", "localhost", "--folder", str(tmp_path))
    (tmp_path / "certificates" / "broker.crt").unlink()
    assert "say with --host" in _said("enroll", "tram-b", "--folder", str(tmp_path), code=2)
    _said("enroll", "tram-b", "--host", "mqtt.example", "--folder", str(tmp_path))


def test_without_an_authority_nothing_is_made(tmp_path: Path) -> None:
    for arguments in (["enroll", "tram-a"], ["enroll", "--list"], ["revoke", "tram-a"]):
        assert "there are no certificates" in _said(*arguments, "--folder", str(tmp_path / "none"), code=2)
    assert list(tmp_path.iterdir()) == []


def test_a_renewal_gives_a_new_key_and_leaves_the_old_certificate_valid_until_both_are_revoked(folder: Path) -> None:
    _said("enroll", "tram-a", "--folder", str(folder))
    old = (folder / "clients" / "tram-a" / "client.key").read_bytes()
    assert "stays valid" in _said("enroll", "tram-a", "--renew", "--days", "9", "--folder", str(folder))
    assert (folder / "clients" / "tram-a" / "client.key").read_bytes() != old
    assert "ends soon" in _said("enroll", "--list", "--folder", str(folder))
    assert certificates.taken_back((folder / "users" / "revoked.crl").read_bytes()) == {}

    _said("revoke", "tram-a", "--folder", str(folder))

    gone = certificates.taken_back((folder / "users" / "revoked.crl").read_bytes())
    given = certificates.read((folder / "issued" / "tram-a.pem").read_bytes())
    assert gone.keys() == {one.serial for one in given}
    assert len(gone) == 2


def test_who_is_revoked_is_listed_has_no_rights_and_may_be_let_in_again(folder: Path) -> None:
    _said("enroll", "tram-a", "--folder", str(folder))
    assert "restart broker" in _said("revoke", "tram-a", "--folder", str(folder))
    before = _tree(folder)
    assert "restart broker" in _said("revoke", "tram-a", "--folder", str(folder))
    assert _tree(folder) == before
    assert re.search(r"tram-a .* revoked on \d{4}", _said("enroll", "--list", "--folder", str(folder)))
    assert "tram-a" not in (folder / "users" / "acl").read_text()

    assert "restart broker" in _said("enroll", "tram-a", "--folder", str(folder))  # a reload is not enough: see below
    assert "user tram-a\n" in (folder / "users" / "acl").read_text()
    assert "was never enrolled" in _said("revoke", "tram-x", "--folder", str(folder), code=2)


def test_a_renewal_of_one_who_was_revoked_does_not_say_that_the_old_certificate_is_valid(folder: Path) -> None:
    for command in (["enroll"], ["revoke"], ["enroll", "--renew"]):
        said = _said(*command, "tram-a", "--folder", str(folder))
    assert "It was revoked before" in said
    assert "stays valid" not in said


@pytest.mark.parametrize(
    ("user", "wanted"),
    [("collector-x", "into collector.yaml"), ("looker", "to whoever comes in by it"), ("sensors-a", "whoever")],
)
def test_a_service_is_told_what_it_does_with_its_files(folder: Path, user: str, wanted: str) -> None:
    said = _said("enroll", user, "--service", "--renew", "--folder", str(folder))
    assert wanted in said
    assert "agent.yaml" not in said
    assert f"mangrove enroll {user} --service --renew --folder {folder}" in _said(
        "enroll", user, "--service", "--folder", str(folder)
    )


def test_a_list_of_one_is_refused(folder: Path) -> None:
    assert "leave the name out" in _said("enroll", "tram-a", "--list", "--folder", str(folder), code=2)


@pytest.mark.parametrize("arguments", [["--list"], ["tram-a"]])
def test_whoever_has_read_enough_of_what_is_printed_causes_no_error(folder: Path, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "mangrove", "enroll", *arguments, "--folder", str(folder)]
    ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(write)
    assert ended.stderr == ""


def test_one_whose_certificate_has_ended_can_be_revoked_too(folder: Path) -> None:
    enrol(Files(folder), "tram-a", "broker", datetime.now(UTC) - timedelta(days=9), days=2)
    assert "has ended" in _said("enroll", "--list", "--folder", str(folder))
    assert "tram-a was revoked on" in _said("revoke", "tram-a", "--folder", str(folder))
    assert "tram-a" not in (folder / "users" / "acl").read_text()


def test_who_names_nobody_is_told_what_to_say(folder: Path) -> None:
    assert "--list" in _said("enroll", "--renew", "--folder", str(folder), code=2)


def test_a_revocation_list_that_is_lost_is_never_made_anew(folder: Path) -> None:
    _said("enroll", "tram-a", "--folder", str(folder))
    _said("revoke", "tram-a", "--folder", str(folder))
    (folder / "users" / "revoked.crl").unlink()
    for arguments in (["enroll", "tram-b"], ["enroll", "--list"], ["revoke", "tram-a"]):
        assert "revoked.crl is missing: take it from a backup" in _said(*arguments, "--folder", str(folder), code=2)
    with pytest.raises(DeployError, match=r"revoked\.crl is missing"):
        make(folder, [], datetime.now(UTC))


def test_whichever_write_fails_the_next_run_puts_all_right(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, later = Files(folder), datetime.now(UTC) + timedelta(days=1)
    for user in ("tram-a", "tram-b", "tram-c"):
        enrol(files, user, "broker", datetime.now(UTC), days=9)
    revoke(files, "tram-b", datetime.now(UTC))
    real, runs = os.fsync, 0
    acts: list[Callable[[Files], User]] = [
        lambda files: enrol(files, "tram-a", "broker", later, days=30, renew=True),
        lambda files: enrol(files, "tram-b", "broker", later, days=30),
        lambda files: enrol(files, "tram-new", "broker", later, days=30),
        lambda files: revoke(files, "tram-c", later),
    ]
    for act in acts:
        for fails_at in count():
            trial = tmp_path / f"trial-{runs}"
            runs += 1
            shutil.copytree(folder, trial)
            writes = count()

            def fsync(file: int, writes: Iterator[int] = writes, fails_at: int = fails_at) -> None:
                if next(writes) == fails_at:
                    raise OSError(28, "No space left on device")
                real(file)

            monkeypatch.setattr(os, "fsync", fsync)
            failed = False
            try:
                act(Files(trial))
            except OSError:
                failed = True
            monkeypatch.setattr(os, "fsync", real)
            act(Files(trial))
            _check_all(trial)
            if not failed:
                break
    assert runs > 15


def _check_all(folder: Path) -> None:
    """Keys fit their certificates, these are the newest of the register, and the broker's files say what it says."""
    files = Files(folder)
    acl, gone = files.text(Path("users/acl")), certificates.taken_back(files.data(Path("users/revoked.crl")))
    for one in users(files):
        bundle = folder / "clients" / one.name
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(bundle / "client.crt", bundle / "client.key")
        newest = certificates.read(files.data(Path(f"issued/{one.name}.pem")))[-1]
        assert certificates.read((bundle / "client.crt").read_bytes())[0] == newest
        assert (f"user {one.name}\n" in acl) is (newest.serial not in gone) is (one.revoked is None)


def test_who_revokes_at_the_same_time_revokes_all(folder: Path) -> None:
    names = [f"tram-{i}" for i in range(8)]
    for user in names:
        enrol(Files(folder), user, "broker", datetime.now(UTC), days=9)
    with ThreadPoolExecutor(len(names)) as pool:
        assert set(pool.map(lambda user: commands.revoke(folder, user), names)) == {0}
    assert {one.name for one in users(Files(folder)) if one.revoked} == set(names)
    assert "tram-" not in (folder / "users" / "acl").read_text()


@pytest.mark.parametrize(
    "name", ["users/revoked.crl", "issued/tram-a.pem", "certificates/ca.key", "certificates/ca.crt"]
)
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    _said("enroll", "tram-a", "--folder", str(folder))
    (folder / name).write_text("x")
    assert str(folder / name).rpartition(".")[0] in _said(
        "enroll", "tram-a", "--renew", "--folder", str(folder), code=2
    )


def test_each_list_is_newer_than_the_one_before_also_within_a_second() -> None:
    ca, ca_key = certificates.authority("Mangrove test", NOW)
    made, seen = b"", []
    for _ in range(3):
        made = certificates.revocation_list({1: NOW}, ca, ca_key, NOW, made)
        crl = x509.load_pem_x509_crl(made)
        seen.append((crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number, crl.last_update_utc))
        assert crl.next_update_utc == x509.load_pem_x509_certificate(ca).not_valid_after_utc
    assert [number for number, _ in seen] == [1, 2, 3]
    assert len({at for _, at in seen}) == 3
    assert all(at < NOW for _, at in seen)


def test_the_template_has_a_block_for_every_service() -> None:
    for user in SERVICES:
        assert broker_acl.is_service(user)
        assert f"user {user}\n" in broker_acl.acl([user])
    assert "{" not in broker_acl.acl([*SERVICES, "tram-a", "sensors-x"])


@given(st.sets(st.from_regex(SLUG, fullmatch=True), max_size=8))
def test_whatever_the_ids_an_agent_has_rights_on_its_own_topics_only(ids: set[str]) -> None:
    agents = {one for one in ids if broker_acl.is_agent(one)}
    blocks = broker_acl.acl(agents).split("\n\n")[1:]
    shared = {"topic read mangrove/v1/collectors/+/alive", "topic read site/#"}
    for agent, block in zip(sorted(agents), blocks, strict=True):
        head, *rules = block.splitlines()
        assert head == f"user {agent}"
        own = (topics.batches, topics.numbers, topics.agent_alive, topics.acks, topics.assignments)
        assert {rule.split(" ")[2] for rule in rules if rule not in shared} == {topic(agent) for topic in own}


@pytest.mark.parametrize(
    ("days", "agent", "good", "told"),
    [
        (60, "tram-a", True, "tram-a, until 2027-01-25"),
        (60, "", True, "tram-a, until"),
        (29, "tram-a", False, "until 2026-12-25 only: mangrove enroll tram-a --renew"),
        (1, "tram-a", False, "only: mangrove enroll tram-a --renew"),
        (-1, "tram-a", False, "was valid until"),
        (60, "tram-b", False, "is of tram-a, and this agent is tram-b"),
    ],
)
def test_the_doctor_knows_a_certificate_that_will_not_do(
    tmp_path: Path, days: int, agent: str, good: bool, told: str
) -> None:
    ca, ca_key = certificates.authority("Mangrove test", NOW - timedelta(days=9))
    at = NOW - timedelta(days=5)
    path = tmp_path / "client.crt"
    path.write_bytes(certificates.client("tram-a", ca, ca_key, at, days + 5)[0])
    found = own_certificate.judge(path, agent, NOW)
    assert found[0] is good
    assert told in found[1]


def test_the_doctor_names_a_certificate_that_is_none(tmp_path: Path) -> None:
    assert own_certificate.judge(tmp_path / "none.crt", "", NOW)[0] is False
    (tmp_path / "bad.crt").write_text("x")
    assert "bad.crt: it is no certificate" in own_certificate.judge(tmp_path / "bad.crt", "", NOW)[1]


def test_the_broker_takes_rights_away_at_a_reload_and_connections_at_a_restart(folder: Path, tmp_path: Path) -> None:
    """What docs/operations.md promises of revocation, and why it asks for a restart."""
    files, now, marks = Files(folder), datetime.now(UTC), count()
    for user in ("tram-a", "tram-b", OBSERVER):
        enrol(files, user, "broker", now, days=2)
    with ShippedBroker(tmp_path, folder) as broker:
        observer = Client(broker.port, login(folder, OBSERVER))
        observer.subscribe(["#"])

        def is_heard(client: Client, topic: str) -> bool:
            mark = f"mark-{next(marks)}".encode()
            client.publish([(topic, mark)])
            observer.publish([("fence", b"fence" + mark)])
            return (topic, mark) in observer.until(b"fence" + mark)

        old, other = login(folder, "tram-a"), login(folder, "tram-b")
        client, bystander = Client(broker.port, old), Client(broker.port, other)
        assert is_heard(client, topics.batches("tram-a"))

        revoke(files, "tram-a", now)
        broker.reload()
        assert not is_heard(client, topics.batches("tram-a"))
        assert is_heard(bystander, topics.batches("tram-b"))
        with pytest.raises((RefusedError, OSError)):
            Client(broker.port, old)

        enrol(files, "tram-a", "broker", now, days=2)
        broker.reload()
        assert not client.lost.is_set(), "mosquitto ends connections of revoked certificates now: a reload would do"
        broker.restart()
        assert client.lost.wait(20)
        with pytest.raises((RefusedError, OSError)):
            Client(broker.port, old)
        observer = Client(broker.port, login(folder, OBSERVER))
        observer.subscribe(["#"])
        with Client(broker.port, login(folder, "tram-a")) as again, Client(broker.port, other) as bystander:
            assert is_heard(again, topics.batches("tram-a"))
            assert is_heard(bystander, topics.batches("tram-b"))
        observer.close()
    assert {one.name for one in users(files) if one.revoked} == set()
