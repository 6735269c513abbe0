"""The text of pages as a phone shows it: the first 70 characters tell where, what, and what to take along."""

from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from collector.watch import page
from collector.watch.cause import Cause
from collector.watch.coverage import Tally
from collector.watch.page import Scene
from collector.watch.rules import load_rules
from collector.watch.values import Value
from contract.catalog import load_catalog
from contract.words import load_words

CONFIG = Path(__file__).parents[3] / "config"
WORDS = load_words(CONFIG / "words.yaml")
RULES = load_rules(CONFIG / "rules", load_catalog(CONFIG / "catalog.yaml"))
SMS = 70  # characters with Vietnamese accents in one short message (3GPP TS 23.038, UCS-2)
VIETNAM = timezone(timedelta(hours=7))
T = 1_800_000_000_000  # 15:00:00 15/01/2027 in Vietnam
MAINS = Cause("mains", T - 3_600_000, Value("battery", "charge_pct", (), 2.4, T - 30_000))


def scene(
    cause: Cause | None = None, behind: tuple[int, int] = (0, 0), rule: str = "router-unreachable", since: int = T
) -> Scene:
    """A fault of a site."""
    where = ("Trạm Xã Đất Mũi 01", "Xã Đất Mũi", "Cà Mau")
    cells = (("2g", Tally(up=8, down=2)), ("4g", Tally(down=3)))
    return Scene("1f3a-12", RULES[rule], "rt-dat-mui-01", where, since, cause, behind, cells)


@pytest.mark.parametrize(
    ("cause", "behind", "said"),
    [
        (MAINS, (0, 0), "Mất liên lạc, mất điện lưới, ắc quy còn 2 %"),
        (MAINS, (1, 1), "Mất liên lạc, mất điện lưới, cô lập 1 thiết bị, ắc quy còn 2 %"),
        (Cause("mains", T), (8, 3), "Mất liên lạc, mất điện lưới, cô lập 8 thiết bị"),
        (Cause("link"), (0, 0), "Mất liên lạc, vẫn có điện lưới"),
        (Cause("power", T), (0, 0), "Mất liên lạc, lỗi nguồn điện"),
        (Cause("silent"), (0, 0), "Mất liên lạc"),
        (None, (0, 0), "Mất liên lạc"),
    ],
)
def test_the_first_short_message_says_where_what_and_what_to_take_along(
    cause: Cause | None, behind: tuple[int, int], said: str
) -> None:
    title = page.title(scene(cause, behind), WORDS, "vi", "page")
    assert title == f"Trạm Xã Đất Mũi 01: {said}"
    assert ", ".join(said.split(", ")[:2]) in f"[#1f3a-12] {title}"[:SMS]


def test_a_title_says_nothing_twice_and_an_end_gives_no_cause() -> None:
    lost = scene(MAINS, rule="mains-lost")
    assert page.title(lost, WORDS, "vi", "page") == "Trạm Xã Đất Mũi 01: Mất điện lưới, ắc quy còn 2 %"
    assert page.title(lost, WORDS, "en", "resolve") == "OVER - Trạm Xã Đất Mũi 01: Mains lost"
    assert page.title(lost, WORDS, "en", "repeat").startswith("NOBODY HAS TAKEN IT - Trạm")


def test_the_lines_of_a_page_begin_with_what_matters_most() -> None:
    assert page.body(scene(MAINS, (8, 3)), WORDS, "en", VIETNAM).splitlines() == [
        "Since: 15:00:00 15/01/2027",
        "Cause: mains lost since 14:00:00; battery last at 2 % (14:59:30)",
        "Devices cut off behind it: 8, in communes: 3",
        "Cells of the commune in service: 2G 8/10, 4G 0/3",
        "Where: Trạm Xã Đất Mũi 01, Xã Đất Mũi, Cà Mau (rt-dat-mui-01)",
        "Take it: mangrove ack 1f3a-12   Why: mangrove why 1f3a-12",
    ]


@pytest.mark.parametrize(
    ("lasted_s", "said"),
    [
        (20, "Từ 15:00:00 15/01/2027 đến 15:00:20 (1 phút)"),
        (5_400, "Từ 15:00:00 15/01/2027 đến 16:30:00 (1 giờ 30 phút)"),
        (90_000, "Từ 15:00:00 15/01/2027 đến 16:00:00 16/01/2027 (25 giờ 0 phút)"),
    ],
)
def test_an_end_says_from_when_to_when_and_how_long(lasted_s: int, said: str) -> None:
    assert page.resolved(scene(), WORDS, "vi", VIETNAM, T + lasted_s * 1000).splitlines()[0] == said


def test_a_time_of_another_day_has_its_date() -> None:
    midnight = 1_799_971_200_000  # 00:00:00 15/01/2027 UTC
    text = page.body(scene(Cause("mains", midnight - 1000), since=midnight), WORDS, "en", UTC)
    assert "mains lost since 23:59:59 14/01/2027" in text
