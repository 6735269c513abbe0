"""The archive of inventory versions and its reload: durable before it is published, whole or as it was before."""

import logging
import os
from pathlib import Path

import pytest
import yaml
from collector.kit import AGENT, CATALOG, inventory

from collector import versions as module
from collector.config import CollectorConfig
from collector.reload import Reloader
from collector.versions import Versions
from contract import durable, inventory_folder
from contract.config_file import ConfigError
from contract.inventory import Inventory


def test_a_version_is_known_after_a_restart_and_the_same_content_is_the_same_version(tmp_path: Path) -> None:
    first = Versions(tmp_path).publish(inventory("dev-1"), {}, 5).version
    again = Versions(tmp_path)
    assert again.publish(inventory("dev-1"), {}, 900).version == first
    found = again.get(first.id)
    assert found is not None
    assert set(found.elements) == {"dev-1"}


def test_numbers_grow_also_when_the_clock_goes_back_and_the_newest_file_is_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newest = Versions(tmp_path).publish(inventory("dev-1"), {}, 1_000).version
    (tmp_path / f"{newest.id}.json").write_bytes(b"{damaged")
    again = Versions(tmp_path)
    assert again.get(newest.id) is None
    assert again.publish(inventory("dev-1"), {}, 5).version.number > newest.number
    assert "held" in caplog.text


def test_a_version_that_cannot_be_archived_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = Versions(tmp_path)
    first = versions.publish(inventory("dev-1"), {}, 1)

    def full(_path: Path, _data: bytes) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(durable, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        versions.publish(inventory("dev-2"), {}, 2)
    assert versions.current is first


def test_only_a_few_versions_are_in_memory_and_all_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_READY", 2)
    versions = Versions(tmp_path)
    ids = [versions.publish(inventory(f"dev-{n}"), {}, n).version.id for n in range(6)]
    for each in (versions, Versions(tmp_path)):
        for n, version_id in enumerate(ids):
            found = each.get(version_id)
            assert found is not None
            assert set(found.elements) == {f"dev-{n}"}
        assert len(each._ready) == 2


def test_a_version_file_that_is_gone_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    versions = Versions(tmp_path)
    gone = versions.publish(inventory("dev-1"), {}, 1).version.id
    versions.publish(inventory("dev-2"), {}, 2)
    versions._ready.clear()
    (tmp_path / f"{gone}.json").unlink()
    assert [versions.get(gone) for _ in range(5)] == [None] * 5
    assert len(caplog.records) == 1


def test_an_agent_of_any_version_is_known(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    versions.publish(inventory("dev-1"), {}, 1)
    versions.publish(inventory("dev-1").model_copy(update={"agents": [], "devices": []}), {}, 2)
    assert versions.knows_agent(AGENT)
    assert Versions(tmp_path).knows_agent(AGENT)
    assert not versions.knows_agent("stranger")


PROFILE = """
en: p
vi: p
tables:
  - measurement: interface
    tags: {if_name: {oid: 1.3.6.1.2.1.31.1.1.1.1}}
    columns: {oper_status: {oid: 1.3.6.1.2.1.2.2.1.8}}
"""


MAPPING = """
en: m
vi: m
topic: site/{site}
element: "{site}"
tables: [{measurement: interface, tags: {if_name: a}, fields: {in_bps: {pointer: /v}}}]
"""


class Files:
    """The operator's files."""

    def __init__(self, folder: Path) -> None:
        self.inventory, self.profiles = folder / "inventory.yaml", folder / "profiles"
        self.profiles.mkdir()
        (self.profiles / "p.yaml").write_text(PROFILE, encoding="utf-8")
        self.mappings = folder / "sensors"
        self.mappings.mkdir()
        (self.mappings / "m.yaml").write_text(MAPPING, encoding="utf-8")
        self.write(inventory("dev-1"))
        self.versions = Versions(folder / "versions")
        config = CollectorConfig.model_validate(
            {
                "id": "c",
                "broker": {"host": "x"},
                "data": folder,
                "inventory": self.inventory,
                "catalog": folder,
                "profiles": self.profiles,
                "sensors": self.mappings,
                "store": {"kind": "embedded"},
            }
        )
        self.reloader = Reloader(config, CATALOG, self.versions)

    def write(self, given: Inventory | dict[str, object]) -> None:
        data = given if isinstance(given, dict) else given.model_dump(mode="json", exclude_none=True)
        beside = self.inventory.with_suffix(".new")
        beside.write_text(yaml.safe_dump(data), encoding="utf-8")
        beside.replace(self.inventory)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_changed_file_is_a_new_version_and_an_unchanged_one_is_none(files: Files) -> None:
    first = files.reloader.load()
    assert files.reloader.reload_if(asked=False) is None
    assert files.reloader.reload_if(asked=True) is None
    files.write(inventory("dev-1", "dev-2"))
    second = files.reloader.reload_if(asked=False)
    assert second is not None
    assert second.version.number > first.version.number
    assert files.versions.get(first.version.id) is not None


def test_a_changed_table_of_a_folder_is_a_new_version_and_a_broken_one_changes_nothing(files: Files) -> None:
    files.inventory.unlink()
    files.inventory.mkdir()
    inventory_folder.write(inventory("dev-1"), files.inventory)
    files.reloader.load()
    table = files.inventory / "devices.csv"
    table.write_text(table.read_text() + "dev-2\n", encoding="utf-8")
    assert files.reloader.reload_if(asked=False) is None
    inventory_folder.write(inventory("dev-1", "dev-2"), files.inventory)
    second = files.reloader.reload_if(asked=False)
    assert second is not None
    assert set(second.elements) == {"dev-1", "dev-2"}


def test_a_changed_profile_is_a_new_version(files: Files) -> None:
    files.reloader.load()
    (files.profiles / "p.yaml").write_text(PROFILE.replace("en: p", "en: q"), encoding="utf-8")
    assert files.reloader.reload_if(asked=False) is not None


def test_a_changed_mapping_is_a_new_version_that_carries_it_and_a_broken_one_changes_nothing(files: Files) -> None:
    sensor = {"id": "s-1", "site": "site-1", "agent": AGENT, "mapping": "m"}
    files.write(inventory().model_dump(mode="json", exclude_none=True) | {"sensors": [sensor]})
    assert files.reloader.load().version.assignment(AGENT).mappings == {"m": MAPPING}
    changed = MAPPING.replace("/v}", "/w}")
    (files.mappings / "m.yaml").write_text(changed, encoding="utf-8")
    second = files.reloader.reload_if(asked=False)
    assert second is not None
    assert second.version.assignment(AGENT).mappings == {"m": changed}
    (files.mappings / "m.yaml").write_text(changed.replace("in_bps", "in_bsp"), encoding="utf-8")
    assert files.reloader.reload_if(asked=False) is None
    (files.mappings / "m.yaml").rename(files.mappings / "other.yaml")
    (files.mappings / "other.yaml").write_text(MAPPING, encoding="utf-8")
    assert files.reloader.reload_if(asked=False) is None  # the sensor's mapping is gone
    assert files.versions.current is second


@pytest.mark.parametrize("text", ["devices: [", "devices: 5", "\x00", "[" * 5_000, "nonsense: 1"], ids=range(5))
def test_a_broken_file_changes_nothing_and_is_said_once_with_its_place(
    files: Files, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    first = files.reloader.load()
    files.inventory.write_text(text, encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert files.reloader.reload_if(asked=False) is None
    assert len(caplog.records) == 1
    assert "inventory.yaml" in caplog.text
    assert files.versions.current is first


def test_a_file_that_is_broken_at_the_start_ends_it_with_what_to_do(files: Files) -> None:
    files.write({"devices": [{"id": "dev-1"}]})
    with pytest.raises(ConfigError, match=r"inventory\.yaml"):
        files.reloader.load()


def test_a_version_that_could_not_be_archived_is_tried_again_and_said_once(
    files: Files, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.reloader.load()
    files.write(inventory("dev-1", "dev-2"))

    def full(_path: Path, _data: bytes) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(durable, "replace", full)
        for _ in range(3):
            assert files.reloader.reload_if(asked=False) is None
    assert len(caplog.records) == 1
    assert files.reloader.reload_if(asked=False) is not None


def test_a_file_that_was_replaced_by_one_of_the_same_size_and_time_is_noticed(files: Files) -> None:
    files.reloader.load()
    before = files.inventory.stat()
    files.write(inventory("dev-9"))
    os.utime(files.inventory, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert files.inventory.stat().st_size == before.st_size
    assert files.reloader.reload_if(asked=False) is not None
