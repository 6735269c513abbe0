"""Definitions of notifications: those that ship are right, and what cannot be right is said with file and key."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from contract.batch import Batch, MalformedError, decode, encode
from contract.config_file import ConfigError
from contract.inventory import Inventory, next_version
from contract.trap import load_traps, parse_traps
from contract.trap_report import Alarm, SaidVarbind, TrapReport

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "traps"
HEAD = "en: a\nvi: a\n"
ONE = "traps:\n- {oid: 1.3.6.1.9.1, type: broken, state: raised, severity: major, en: a, vi: b"


def load(tmp_path: Path, **texts: str) -> str:
    """Return what is wrong with files of these names."""
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(HEAD + text, encoding="utf-8")
    try:
        load_traps(tmp_path)
    except ConfigError as error:
        return str(error)
    return ""


def test_what_ships_is_right_in_both_languages_and_names_what_it_clears() -> None:
    files, texts = load_traps(SHIPPED)
    assert parse_traps(texts) == files
    every = [one for file in files.values() for one in file.traps]
    assert len(every) > 40
    for one in every:
        assert one.en
        assert one.vi
        assert one.en != one.vi
    assert {one.type for one in every if one.state == "cleared"} == {"link_down", "bgp_down", "ups_alarm"} | {
        f"smu{name}_alarm" for name in ("", "_battery", "_environment", "_cabinet")
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE.replace("en: a", "en: '{port} is down'") + "}", "has a place {port} that nothing fills"),
        (ONE.replace("raised", "cleared") + "}", "broken is cleared and never raised in this file"),
        (ONE + ", entity: [{pair: true}]}", "`pair` is for definitions with `last`"),
        (ONE + ", entity: [{oid: 1.3.6, text: a}]}", "one of `oid`, `text` and `pair`"),
        (ONE.replace("major", "grave") + "}", "severity"),
        (ONE.replace("1.3.6.1.9.1", "ifIndex") + "}", "a numeric OID"),
        ("", "a file with `traps`, or with `storm`"),
        (f"{ONE}}}\n{ONE.removeprefix('traps:')}}}".replace("\n\n", "\n"), "1.3.6.1.9.1 is in bad.yaml already"),
    ],
)
def test_what_cannot_be_right_is_said(tmp_path: Path, text: str, said: str) -> None:
    found = load(tmp_path, bad=text)
    assert said in found
    assert "bad.yaml" in found


def test_two_files_do_not_define_one_notification_and_one_has_the_words_for_storms(tmp_path: Path) -> None:
    storm = "storm: {en: '{count}', vi: '{count}'}\n"
    found = load(tmp_path, a=ONE + "}", b=ONE + "}", c=storm, d=storm)
    assert "b.yaml: traps: 1.3.6.1.9.1 is in a.yaml already" in found
    assert "d.yaml: storm: is in c.yaml already" in found


def test_a_definition_that_changes_makes_a_new_version() -> None:
    inventory = Inventory()
    first = next_version(None, inventory, {}, 5, {}, {"a": "x"})
    assert next_version(first, inventory, {}, 6, {}, {"a": "x"}) is first
    assert next_version(first, inventory, {}, 6, {}, {"a": "y"}).number == 6


def test_a_batch_carries_a_notification_and_its_bounds_hold() -> None:
    alarm = Alarm(type="link_down", entity="5", severity="major", state="raised", en="down", vi="mất")
    report = TrapReport(oid="1.3.6.1.6.3.1.1.5.3", version="v2c", alarm=alarm)
    batch = Batch(kind="trap", device="rt-1", time=1, trap=report)
    assert decode(encode(batch)) == batch
    many = [SaidVarbind(oid="1.3", type="INTEGER", value="1")] * 101
    with pytest.raises(ValidationError):
        TrapReport(oid="1.3", version="v1", varbinds=many)
    with pytest.raises(MalformedError, match=r"trap\.oid"):
        decode(b'{"kind":"trap","time":1,"trap":{"oid":"ifIndex","version":"v1"}}')
