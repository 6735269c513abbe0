"""The on-call file: everything that is wrong is told with file, line and key, and no address is ever shown."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.oncall.config_check import load_oncall, read_oncall
from collector.oncall.rotation import on_call
from contract.config_file import ConfigError

EXAMPLE = Path(__file__).parents[3] / "config" / "examples" / "oncall.yaml"
CANARY = "kenh-canary-7719"
ADDRESSES = {
    "sms-truc-1": f"jsons://gateway.ttvt.example/sms?+Authorization={CANARY}&:to=0900000001&:message=text",
    "sms-truc-2": f"jsons://gateway.ttvt.example/sms?+Authorization={CANARY}&:to=0900000002&:message=text",
    "sms-truong-ca": f"form://gateway.ttvt.example/sms?:to=0900000003&:key={CANARY}",
    "thu-truc": f"mailtos://user:{CANARY}@ttvt.example?smtp=mail.ttvt.example&to=truc@ttvt.example",
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example with the addresses beside it."""
    (tmp_path / "secrets").mkdir()
    for name, address in ADDRESSES.items():
        put(tmp_path, name, address)
    return Path(shutil.copy(EXAMPLE, tmp_path))


def put(folder: Path, name: str, address: str) -> None:
    path = folder / "secrets" / name
    path.touch(mode=0o600)
    path.write_text(f"{address}\n", encoding="utf-8")


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_oncall(path)
    assert CANARY not in f"{raised.value} {raised.value!r} {raised.value.problems}"
    return [str(problem).removeprefix(f"{path}:") for problem in raised.value.problems]


def test_the_example_loads_with_the_address_of_each_channel_and_shows_none(example: Path) -> None:
    oncall, urls = load_oncall(example)
    assert {name: url.get_secret_value() for name, url in urls.items()} == ADDRESSES
    assert CANARY not in f"{oncall!r} {urls!r} {urls} {oncall.model_dump_json()}"
    assert oncall.model_fields_set == set(type(oncall).model_fields)
    assert on_call(oncall.rotation, datetime(2026, 2, 17, 5, tzinfo=UTC)) == "truong-ca"


def test_who_is_on_call_can_be_read_without_the_secrets(tmp_path: Path) -> None:
    path = Path(shutil.copy(EXAMPLE, tmp_path))
    assert read_oncall(path).people.keys() == {"ca-truc-1", "ca-truc-2", "truong-ca"}
    assert len(problems(path)) == len(ADDRESSES)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "vi, channels: [sms-truc-1, thu-truc]",
            "vi, channels: [sms-truc1]",
            "9: people.ca-truc-1.channels.0: there is no channel sms-truc1 (did you mean sms-truc-1?)",
        ),
        (
            "[sms-truc-1, thu-truc]",
            "[thu-truc, thu-truc]",
            "9: people.ca-truc-1.channels.1: thu-truc is given twice",
        ),
        (
            "[ca-truc-1, ca-truc-2]",
            "[ca-truc-1, ca-truc-3]",
            "16: rotation.order.1: there is no person ca-truc-3 (did you mean ca-truc-2?)",
        ),
        (
            "{person: truong-ca,",
            "{person: truongca,",
            "18: rotation.overrides.0.person: there is no person truongca (did you mean truong-ca?)",
        ),
        (
            "notify: [on-call, next]",
            "notify: [oncall, next]",
            "22: escalation.steps.1.notify.0: there is no person oncall (did you mean on-call?)",
        ),
        (
            "Asia/Ho_Chi_Minh",
            "Asia/Ca_Mau",
            "13: rotation.time_zone: is 'Asia/Ca_Mau', expected: a time zone of the IANA database, such as Asia/Ho_",
        ),
        ("start: 2026-01-05", "start: 2026-01-06", "12: rotation: `start` 2026-01-06 is a tuesday, `handover.weekday`"),
        (
            'time: "07:30"',
            "time: 10:30",
            '15: rotation.handover.time: is 630, expected: a time of the day in quotes, such as "08:00"',
        ),
        (
            'time: "07:30"',
            'time: "07:30Z"',
            "15: rotation.handover.time: is '07:30Z', expected: a time of the day in the rotation's zone: leave out",
        ),
        (
            'since: "2026-02-16 18:00"',
            'since: "0001-01-01 00:00"',
            "18: rotation.overrides.0.since: is '0001-01-01 00:00', expected: a time of the years 1970 to 9000",
        ),
        (
            "[sms-truc-1, thu-truc]",
            f"['tgram://{CANARY}/1']",
            "9: people.ca-truc-1.channels.0: expected: String should match pattern",
        ),
        ("after_s: 300", "after_s: 900", "19: escalation: `after_s` 900 comes after 900: steps must ascend"),
        ("failover_s", "failover", "25: failover: is not a known key (did you mean failover_s?)"),
        (
            'until: "2026-02-18 07:30"',
            'until: "2026-02-10 07:30"',
            "18: rotation.overrides.0: `since` 2026-02-16 18:00:00 is not before `until` 2026-02-10 07:30:00",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(example: Path, old: str, new: str, told: str) -> None:
    (problem,) = problems(changed(example, old, new))
    assert problem.startswith(told)


def test_overrides_that_overlap_are_refused_wherever_they_stand(example: Path) -> None:
    one = '    - {person: ca-truc-1, since: "2026-02-01 00:00", until: "2026-02-16 18:01"}\n'
    (problem,) = problems(changed(example, "escalation:\n", f"{one}escalation:\n"))
    assert problem == "18: rotation.overrides.0: overlaps with overrides.1: who is on call then?"


def test_an_address_that_cannot_be_used_is_told_at_its_channel(example: Path) -> None:
    put(example.parent, "sms-truc-1", f"sms://{CANARY}")
    put(example.parent, "thu-truc", f"mailto://{CANARY}")
    (example.parent / "secrets" / "sms-truc-2").chmod(0o644)
    first, second, third = problems(example)
    assert first == "4: channels.sms-truc-1.url: is no address that apprise can use"
    assert second.startswith("5: channels.sms-truc-2.url: ")
    assert "can be read by everyone" in second
    assert third.startswith("7: channels.thu-truc.url: is no address that apprise can use")


def test_a_person_cannot_have_the_name_of_a_turn(example: Path) -> None:
    changed(
        example,
        "  truong-ca: {title",
        "  next: {title: Ca sau, language: vi, channels: [thu-truc]}\n  truong-ca: {title",
    )
    assert problems(example) == [
        "11: people.next: is the word for whoever has that turn: call the person otherwise",
    ]
