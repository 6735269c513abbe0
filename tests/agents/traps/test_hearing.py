"""The listener as a whole: nothing escapes it, nobody takes the place of others, and informs wait for the disk."""

import asyncio
import logging
import socket
from pathlib import Path

import pytest
from agents.traps.listening import ENGINE, KEYS, USERS, Site, listening
from agents.traps.messages import INDEX, TRAP_OID, Device, pdu_of, raw, v1, v2c, v2c_of
from agents.waiting import until

from agents.committer import NotSpooledError
from agents.snmp import names
from agents.snmp.ber import encode, encode_integer
from agents.snmp.oids import oid
from agents.snmp.usm.message import Envelope, encode_scoped, read_message
from agents.snmp.usm.user import User
from agents.snmp.varbinds import encode_varbind
from agents.traps.counts import InformCounts
from agents.traps.heard import Inform
from agents.traps.hearing import MAX_WAITING
from agents.traps.identity import NAME, start
from agents.traps.informs import KNOWN_S, Informs
from agents.traps.port import Port, PortError

_NUMBERS = b"".join(map(encode_integer, (9, 0, 0)))
PUBLIC = encode_integer(1) + encode(names.OCTET_STRING, b"public")


class Plug:
    """A socket of a device."""

    def __init__(self, site: Site, source: str = "127.0.0.1") -> None:
        self._to = "127.0.0.1", site.port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((source, 0))
        self._socket.setblocking(False)
        site.plugs.append(self._socket)

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._to)

    def answers(self) -> list[bytes]:
        out: list[bytes] = []
        while True:
            try:
                out.append(self._socket.recv(65535))
            except BlockingIOError:
                return out


async def test_an_inform_that_is_sent_again_is_one_batch_and_one_answer_when_the_disk_has_it() -> None:
    async with listening() as site:
        site.disk_is_good = False
        plug = Plug(site)
        for _ in range(3):
            plug.send(v2c(kind=0xA6, request_id=42))
        await until(lambda: site.hearing.informs.counts.again == 2)
        assert (len(site.batches), plug.answers()) == (1, [])
        site.promised[0].set_result(None)
        await until(lambda: site.hearing.informs.counts.answered == 1)
        plug.send(v2c(kind=0xA6, request_id=42))
        await until(lambda: site.hearing.informs.counts.answered == 2)
        answers = plug.answers()
    assert len(site.batches) == 1
    assert answers == [v2c(kind=0xA2, request_id=42)] * 2


async def test_an_inform_that_the_disk_let_go_is_not_answered_and_its_next_copy_is_a_new_one() -> None:
    async with listening() as site:
        site.disk_is_good = False
        plug = Plug(site)
        plug.send(v2c(kind=0xA6))
        await until(lambda: len(site.promised) == 1)
        site.promised[0].set_exception(NotSpooledError())
        await until(lambda: site.hearing.informs.counts.unanswered == 1)
        plug.send(v2c(kind=0xA6))
        await until(lambda: len(site.batches) == 2)
        assert plug.answers() == []


async def test_a_mad_source_is_cut_and_told_of_and_the_others_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    async with listening("127.0.0.1", "127.0.0.2", per_s=1, burst=10) as site:
        mad, calm = Plug(site), Plug(site, "127.0.0.2")
        for _ in range(100):
            mad.send(v2c())
        calm.send(v2c())
        await until(lambda: sum(batch.device == "d-1" for batch in site.batches) == 1)
        assert 10 <= sum(batch.device == "d-0" for batch in site.batches) <= 11
        site.hearing.report_now()
        assert "127.0.0.1 sent more notifications than `traps.per_s` allows: 9" in caplog.text
        site.hearing.report_now()
    storms = [batch.trap.alarm for batch in site.batches if batch.trap and batch.trap.alarm]
    assert [one.state for one in storms if one.type == "trap_storm"] == ["raised", "cleared"]
    assert site.hearing.guard.dropped >= 89


async def test_a_proxy_speaks_for_others_and_nobody_else_does() -> None:
    address = (oid("1.3.6.1.6.3.18.1.3.0"), names.IP_ADDRESS, bytes((192, 0, 2, 7)))
    async with listening("192.0.2.7", "127.0.0.2", proxies=["127.0.0.3"]) as site:
        proxy, device = Plug(site, "127.0.0.3"), Plug(site, "127.0.0.2")
        proxy.send(v2c(said=[INDEX, address]))
        proxy.send(v1("1.3.6.1.4.1.9", 2, 0, agent="192.0.2.7"))
        proxy.send(v1("1.3.6.1.4.1.9", 2, 0, agent="192.0.2.8"))
        device.send(v2c(said=[INDEX, address]))
        device.send(v1("1.3.6.1.4.1.9", 2, 0, agent="192.0.2.7"))
        await until(lambda: len(site.batches) == 4)
        assert [batch.device for batch in site.batches] == ["d-0", "d-0", "d-1", "d-1"]
        await until(lambda: site.refused == {"unknown_device": 1})


async def test_the_community_that_a_proxy_adds_goes_no_further() -> None:
    secret = (oid("1.3.6.1.6.3.18.1.4.0"), names.OCTET_STRING, b"a secret community")
    async with listening() as site:
        Plug(site).send(v2c(oid("1.3.6.1.4.1.99999.0.1"), [INDEX, secret]))
        await until(lambda: len(site.batches) == 1)
        assert "a secret" not in site.batches[0].model_dump_json()


@pytest.mark.parametrize(
    "error", [ValueError("x"), RecursionError(), MemoryError(), KeyError("k"), TypeError(), OSError(5, "io")]
)
async def test_whatever_pysnmp_raises_is_one_datagram_and_no_more(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening() as site:
        models = site.hearing._receiver._engine.message_processing_subsystems

        def raising(*_args: object) -> None:
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(models[3], "prepare_data_elements", raising)
            plug, to_us = Plug(site), Device(USERS["noc"], bytes.fromhex(ENGINE.id))
            plug.send(to_us.trap(ENGINE.boots, 1, kind=0xA6))
            await until(lambda: site.refused == {"undecodable": 1})
        plug.send(to_us.trap(ENGINE.boots, 1, kind=0xA6))
        await until(lambda: len(site.batches) == 1)


async def test_a_bug_of_ours_is_counted_and_passes_over_one_datagram(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as site:
        monkeypatch.setattr(site.hearing, "_hint", lambda _device: 1 / 0)
        plug = Plug(site)
        plug.send(v2c())
        plug.send(v2c(kind=0xA6))
        await until(lambda: site.hearing.counts.bugs == 2)
        plug.send(v2c(oid("1.3.6.1.4.1.99999.0.1")))
        await until(lambda: len(site.batches) == 1)


async def test_more_than_can_be_read_is_refused_and_memory_has_a_bound() -> None:
    site = Site(burst=10_000)  # nobody reads
    plug = Plug(site)
    for _ in range(MAX_WAITING + 100):
        plug.send(v2c())
        await asyncio.sleep(0)
    await until(lambda: site.refused == {"busy": 100})
    assert len(site.hearing._waiting) == MAX_WAITING
    site.hearing._waiting.clear()
    site.stop()


def _oversized() -> list[bytes]:
    numbers = b"".join(map(encode_integer, (1, 0, 0)))
    return [
        b"",
        b"\0",
        bytes(65_000),
        b"\x30" * 65_507,
        encode(names.SEQUENCE, PUBLIC + encode(0xA7, numbers + encode(names.SEQUENCE, b"\x30\x00" * 30_000))),
        encode(names.SEQUENCE, PUBLIC + encode(0xA7, numbers + encode(names.SEQUENCE, b"\x30\x00" * 50))),
        v2c(said=[(oid("1.3.6.1"), 0x44, b"\x30\x80" * 2_000)]),
        v2c(said=[((1, 3, *([2**32 - 1] * 100)), names.OCTET_STRING, bytes(500))] * 12),
    ]


async def test_hostile_datagrams_are_refused_and_the_next_is_heard() -> None:
    async with listening(burst=10_000) as site:
        plug = Plug(site)
        for data in _oversized():
            plug.send(data)
            for at in range(0, min(len(data), 200), 7):
                plug.send(data[:at])
        plug.send(v2c(oid("1.3.6.1.4.1.99999.0.77")))
        await until(lambda: any(b.trap and b.trap.oid.endswith(".77") for b in site.batches))
        assert site.hearing.counts.bugs == 0


async def test_a_user_who_is_new_at_an_engine_and_an_old_message_sent_again() -> None:
    async with listening() as site:
        device, plug = Device(USERS["noc"], b"\x80\0\0\0\5one"), Plug(site)
        plug.send(device.trap(3, 1000))
        plug.send(device.trap(2, 5000))
        plug.send(device.trap(3, 1001))
        await until(lambda: site.hearing.counts.datagrams == 3 and len(site.batches) == 2)
        assert site.refused == {"time_window": 1}
        assert site.hearing.engines == 1


async def test_what_was_refused_is_said_once_a_minute_without_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with listening() as site:
        plug = Plug(site)
        for n in range(50):
            plug.send(v2c(community=b"guess-%d" % n))
        await until(lambda: site.refused == {"community": 50})
        site.hearing.report_now()
        site.hearing.report_now()
    lines = [one for one in caplog.messages if "were refused" in one]
    assert len(lines) == 1
    assert "guess" not in caplog.text
    assert "public" not in repr(KEYS)


async def test_an_address_that_cannot_be_had_says_what_to_do() -> None:
    def nothing(_data: bytes, _address: object) -> None: ...

    first = Port("127.0.0.1", 0, nothing)
    with pytest.raises(PortError, match=rf"traps\.listen: 127\.0\.0\.1 port {first.number}"):
        Port("127.0.0.1", first.number, nothing)
    first.close()
    with pytest.raises(PortError, match=r"docs/traps\.md"):
        Port("203.0.113.1", 162, nothing)


def test_our_engine_keeps_its_id_and_counts_its_starts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second = start(tmp_path), start(tmp_path)
    assert (first.id, first.boots, second.boots) == (second.id, 1, 2)
    (tmp_path / NAME).write_text("{")
    third = start(tmp_path)
    assert (third.boots, third.id == first.id) == (1, False)
    assert "cannot be read" in caplog.text


def _things(site: Site) -> int:
    """How many objects pysnmp remembers between messages."""
    engine = site.hearing._receiver._engine
    parts = (*engine.message_processing_subsystems.values(), *engine.security_models.values())
    found = [one for part in parts for one in (vars(part), vars(part._cache))]
    return sum(len(value) for one in found for value in one.values() if isinstance(value, dict | list))


async def test_a_copy_of_an_inform_that_waits_is_known_however_long_it_waits() -> None:
    informs, answered = Informs(InformCounts()), list[int]()
    disk = asyncio.get_running_loop().create_future()
    for number, now in enumerate((0.0, 10 * KNOWN_S)):
        inform = Inform(lambda number=number: answered.append(number), lambda: None)  # type: ignore[misc]
        if not informs.is_known(("a",), inform, now):
            informs.wait(("a",), inform, disk, now)
    disk.set_result(None)
    await until(lambda: answered == [1])
    assert informs.is_known(("a",), inform, 10.5 * KNOWN_S)
    assert not informs.is_known(("a",), inform, 11 * KNOWN_S)


async def test_a_sender_of_informs_who_says_nothing_yet_is_told_our_clock() -> None:
    async with listening() as site:
        plug = Plug(site)
        question = encode(0xA6, _NUMBERS + encode(names.SEQUENCE, b""))
        plug.send(Device(USERS["noc"], bytes.fromhex(ENGINE.id)).seal(0, 0, question))
        answers: list[bytes] = []

        def answered() -> bool:
            answers.extend(plug.answers())
            return bool(answers)

        await until(answered)
        said = read_message(answers[0])
        assert (said.engine_id.hex(), said.boots) == (ENGINE.id, ENGINE.boots)
        assert site.refused == {}


async def test_each_datagram_leaves_in_one_way_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(burst=15, per_s=0.001) as site:
        hearing, counts = site.hearing, site.hearing.counts
        to_us = Device(USERS["noc"], bytes.fromhex(ENGINE.id))
        nothing = encode(0xA6, _NUMBERS + encode(names.SEQUENCE, b""))

        def sent(data: bytes, source: str = "127.0.0.1") -> None:
            hearing._on_datagram(data, (source, 162))
            while hearing._waiting:
                hearing.step()
            assert site.accounted == counts.datagrams

        sent(v2c())
        sent(v2c(oid("1.3.6.1.4.1.99999.0.1")))
        sent(v2c(kind=0xA6, request_id=42))
        sent(v2c(kind=0xA6, request_id=42))
        sent(Envelope(0, b"", b"", 0).close(1, 0, 0, b"", encode_scoped(b"", b"", nothing))[0])  # who are you?
        sent(to_us.seal(0, 0, nothing))  # what is your clock?
        sent(to_us.trap(ENGINE.boots, 1, kind=0xA6))
        sent(b"")
        sent(v2c(), "192.0.2.200")
        for attribute in ("_hint", "_put"):
            with monkeypatch.context() as patched:
                patched.setattr(hearing, attribute, lambda _: 1 / 0)
                sent(v2c())
        for _ in range(6):
            sent(v2c(community=b"wrong"))
        heard = counts.alarms, counts.unknown, hearing.informs.counts.again
        assert (*heard, counts.reported, counts.bugs, hearing.guard.dropped) == (3, 1, 1, 2, 2, 1)
        assert site.refused == {"undecodable": 1, "unknown_device": 1, "community": 5}


async def test_a_trap_of_version_3_is_heard_whatever_pysnmp_would_make_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as site:
        monkeypatch.setattr(site.hearing, "_receiver", None)
        device, plug = Device(USERS["noc"], b"\x80\0\0\0\5one"), Plug(site)
        plug.send(device.trap(1, 1, [INDEX, (oid("1.3.6.1.4.1.99999.1"), names.GAUGE32, 2**32 - 1)]))
        await until(lambda: len(site.batches) == 1)


async def test_a_number_of_no_octets_keeps_no_notification_from_being_heard_nor_an_inform_from_its_answer() -> None:
    said = encode_varbind(TRAP_OID, names.OBJECT_IDENTIFIER, oid("1.3.6.1.4.1.32473.0.1"))
    said += raw(oid("1.3.6.1.4.1.32473.1"), names.COUNTER32, b"") + encode_varbind(*INDEX)
    async with listening() as site:
        plug, device = Plug(site), Device(USERS["noc"], b"\x80\0\0\0\5one")
        to_us = Device(USERS["noc"], bytes.fromhex(ENGINE.id))
        plug.send(v2c_of(pdu_of(said)))
        plug.send(v2c_of(pdu_of(said, kind=0xA6)))
        plug.send(device.seal(1, 1, pdu_of(said)))
        plug.send(to_us.seal(ENGINE.boots, 1, pdu_of(said, kind=0xA6)))
        await until(lambda: site.hearing.counts.datagrams == 4 and site.hearing.informs.counts.answered == 2)
        assert site.refused == {}
        assert len(plug.answers()) == 2
    for batch in site.batches:
        assert batch.trap is not None
        assert [(one.type, one.value) for one in batch.trap.varbinds] == [("Counter32", ""), ("INTEGER", "5")]


async def test_an_inform_to_another_engine_is_refused_and_so_is_a_trap_of_our_own() -> None:
    async with listening() as site:
        plug = Plug(site)
        plug.send(Device(USERS["noc"], b"\x80\0\0\0\5one").trap(1, 1, kind=0xA6))
        plug.send(Device(USERS["noc"], bytes.fromhex(ENGINE.id)).trap(ENGINE.boots, 1))
        await until(lambda: site.refused == {"no_notification": 1, "undecodable": 1})
        assert site.batches == []


async def test_pysnmp_remembers_nothing_of_what_is_done() -> None:
    async with listening(burst=10_000, per_s=1_000) as site:
        plug, device = Plug(site), Device(USERS["noc"], b"\x80\0\0\0\5one")
        to_us = Device(USERS["noc"], bytes.fromhex(ENGINE.id))
        counts, sent, things = site.hearing.counts, 0, list[int]()
        for n in range(30):
            inform = to_us.trap(ENGINE.boots, 1, kind=0xA6, request_id=n)
            late = to_us.trap(ENGINE.boots - 1, 1, kind=0xA6, request_id=n)
            empty = to_us.seal(ENGINE.boots, 1, encode(0xA6, _NUMBERS + encode(names.SEQUENCE, b"")))
            hidden = Envelope(0, b"", b"", 0).close(n, 0, 0, b"", encode(names.OCTET_STRING, b"x"))[0]
            for data in (device.trap(1, n + 1), inform, inform, late, inform[:-1] + b"x", empty, hidden):
                plug.send(data)
                sent += 1
            wanted = sent
            await until(lambda wanted=wanted: counts.datagrams == wanted and not site.hearing._waiting)  # type: ignore[misc]
            if n in (2, 29):
                for at in range(700):  # what is forgotten in its time is gone
                    site.hearing._receiver.tick(float(at))
                things.append(_things(site))
        assert counts.informs.answered >= 60
        assert things[0] == things[1]


def test_a_full_disk_keeps_nobody_from_listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    first = start(tmp_path)
    monkeypatch.setattr("contract.durable.replace", full)
    second = start(tmp_path)
    assert (second.id, second.boots) == (first.id, 2)


async def test_an_inform_that_waits_at_the_end_is_answered_when_its_batch_is_on_disk() -> None:
    async with listening() as site:
        site.disk_is_good = False
        plug = Plug(site)
        plug.send(v2c(kind=0xA6))
        await until(lambda: len(site.promised) == 1)
        site.hearing.stop()
        site.promised[0].set_result(None)
        await until(lambda: len(plug.answers()) == 1)


async def test_what_is_hidden_in_a_message_is_bounded_too_and_so_is_a_question_who_we_are() -> None:
    many = [INDEX] * 101
    async with listening() as site:
        plug = Plug(site)
        for user in USERS.values():
            plug.send(Device(user, b"\x80\0\0\0\5one").trap(1, 1, many))
        plug.send(Device(User(b"nobody"), b"").trap(0, 0, many))
        plug.send(Device(USERS["noc"], b"\x80\0\0\0\5one").trap(1, 2, many[:98]))
        await until(lambda: site.refused == {"too_large": 3} and len(site.batches) == 1)


async def test_what_pysnmp_raises_while_it_forgets_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as site:
        dispatcher = site.hearing._receiver._engine.message_dispatcher
        monkeypatch.setattr(dispatcher, "receive_timer_tick", lambda *_: dict[str, int]()["missing"])
        site.hearing.tick()
        assert site.hearing.counts.bugs == 1
