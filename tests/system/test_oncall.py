"""On-call as a user runs it: a real collector, a real SMTP server, a real HTTP receiver, and the commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from collector.kit import inventory
from collector.oncall.receivers import SECRET, HttpReceiver, MailServer
from servers.mosquitto import Mosquitto
from servers.process import ServerError
from system.parts import ROOT, CollectorProcess, secret, write_yaml
from system.test_commands import mangrove

from collector.config import SOCKET
from collector.database import Database
from collector.oncall.outbox import Outbox
from contract.control import ControlError, ask


def oncall_file(folder: Path, **urls: str) -> None:
    """The file of one Vietnamese and one English role; every address is a secret beside it."""
    for name, url in urls.items():
        secret(folder / f"url-{name}", url)
    write_yaml(
        folder / "oncall.yaml",
        {
            "channels": {name: {"url": {"file": f"url-{name}"}} for name in urls},
            "people": {
                "ca-truc-1": {"title": "Ca trực 1", "language": "vi", "channels": list(urls)},
                "ca-truc-2": {"language": "en", "channels": list(urls)},
            },
            "rotation": {
                "time_zone": "Asia/Ho_Chi_Minh",
                "start": "2026-01-05",
                "handover": {"weekday": "monday", "time": "07:30"},
                "order": ["ca-truc-1", "ca-truc-2"],
            },
            "escalation": {"steps": [{"after_s": 0, "notify": ["on-call"]}]},
        },
    )


@contextmanager
def collector(folder: Path, broker: Mosquitto, **more: str) -> Iterator[CollectorProcess]:
    """A collector of an empty province."""
    write_yaml(folder / "inventory.yaml", inventory().model_dump(mode="json", exclude_none=True))
    config: dict[str, object] = {
        "id": "test-oncall",
        "broker": {"host": broker.host, "port": broker.port},
        "inventory": "inventory.yaml",
        "catalog": str(ROOT / "config" / "catalog.yaml"),
        "profiles": str(ROOT / "config" / "profiles"),
        "rules": str(ROOT / "config" / "rules"),
        "store": {"kind": "embedded"},
    }
    with CollectorProcess(folder, config | more) as process:
        yield process


def test_a_test_goes_by_every_channel_in_the_language_of_the_person_and_each_is_told_apart(
    shared_mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with MailServer() as mail, HttpReceiver(200, 503, 503, 200) as receiver:
        oncall_file(tmp_path, sms=receiver.url(), mail=mail.url())
        with collector(tmp_path, shared_mosquitto, oncall="oncall.yaml") as process:
            file = str(process.config_path)
            good = mangrove("oncall", "test", "ca-truc-1", "-c", file)
            assert (good.returncode, good.stdout) == (0, "sms: sent to ca-truc-1\nmail: sent to ca-truc-1\n"), (
                good.stderr
            )
            bad = mangrove("oncall", "test", "ca-truc-2", "-c", file)
            assert (bad.returncode, bad.stdout) == (1, "sms: answered 503\nmail: sent to ca-truc-2\n")
            unknown = mangrove("oncall", "test", "ca-truc-3", "-c", file)
            assert (unknown.returncode, unknown.stdout) == (1, "")
            assert "did you mean" in unknown.stderr
            assert mangrove("check", file).returncode == 0
            process.stop()
            assert SECRET not in process.log()
        subjects = [subject.partition("] ")[2] for subject, _ in mail.mails()]
        assert subjects == ["Thử kênh báo trực", "Test of the on-call channel"]
        assert [action for _, action in receiver.named()] == ["test", "test"]  # one that failed is not tried again
        people = {"ca-truc-1": ["sms", "mail"]}
        counts = Outbox(Database(process.data / "state.sqlite"), people, 1000).counts()
        assert counts == {"sent": 3, "given up": 1}


def test_a_collector_without_the_file_sends_nothing_and_says_what_to_add(
    shared_mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with collector(tmp_path, shared_mosquitto) as process:
        with pytest.raises(ControlError, match="nobody answers to that here"):
            ask(process.data / SOCKET, "oncall-test", person="ca-truc-1")
        for command in ("who", "test"):
            said = mangrove("oncall", command, "-c", str(process.config_path))
            assert said.returncode == 2
            assert "oncall: is missing: name the on-call file here" in said.stderr


def test_a_collector_does_not_start_with_an_address_that_cannot_be_used(
    shared_mosquitto: Mosquitto, tmp_path: Path
) -> None:
    oncall_file(tmp_path, sms=f"foo://{SECRET}")
    write_yaml(tmp_path / "inventory.yaml", inventory().model_dump(mode="json", exclude_none=True))
    told = r"channels\.sms\.url: is no address that apprise can use"
    with pytest.raises(ServerError, match=told) as raised, collector(tmp_path, shared_mosquitto, oncall="oncall.yaml"):
        pass
    checked = mangrove("check", str(tmp_path / "collector.yaml"))
    assert checked.returncode == 2
    assert "channels.sms.url: is no address that apprise can use" in checked.stderr
    assert SECRET not in str(raised.value) + checked.stdout + checked.stderr


def test_who_prints_the_turns_of_four_weeks_without_a_collector_and_without_the_secrets(tmp_path: Path) -> None:
    oncall_file(tmp_path, sms="json://127.0.0.1/")
    (tmp_path / "url-sms").unlink()
    write_yaml(
        tmp_path / "collector.yaml",
        {
            "id": "test",
            "broker": {"host": "127.0.0.1"},
            **dict.fromkeys(("data", "inventory", "catalog", "profiles"), "x"),
            "store": {"kind": "embedded"},
            "oncall": "oncall.yaml",
        },
    )
    file = str(tmp_path / "collector.yaml")
    said = mangrove("oncall", "who", "-c", file, "--at", "2026-01-12 07:29", more={"MANGROVE_LANG": "vi"})
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "đang trực: Ca trực 1 (ca-truc-1)"
    assert "2026-01-12 07:29 │ 2026-01-12 07:30" in said.stdout
    assert "ca-truc-2             │ 2026-01-12 07:30 │ 2026-01-19 07:30" in said.stdout
    assert lines[-1] == "múi giờ: Asia/Ho_Chi_Minh"
    assert mangrove("oncall", "who", "-c", file, "--at", "noon").returncode == 2
