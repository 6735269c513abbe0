"""Times that people type: in their zone, unless they say another one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contract.config_file import ConfigError
from mangrove.local_time import instant

CA_MAU = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-02-17 22:00", datetime(2026, 2, 17, 15, tzinfo=UTC)),
        ("2026-02-17", datetime(2026, 2, 16, 17, tzinfo=UTC)),
        ("2026-02-17T22:00Z", datetime(2026, 2, 17, 22, tzinfo=UTC)),
        ("2026-02-17 22:00+09:00", datetime(2026, 2, 17, 13, tzinfo=UTC)),
    ],
)
def test_a_time_is_local_unless_it_says_its_zone(text: str, at: datetime) -> None:
    assert instant(text, CA_MAU) == at


@pytest.mark.parametrize("text", ["noon", "", "2026-02-30", "22:00", "0001-01-01", "9999-12-31 23:59", "\x1b[2J"])
def test_what_is_no_time_is_told_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ConfigError, match='is no time: write it as "2026-02-17 22:00", or else') as told:
        instant(text, CA_MAU, ", or else")
    assert str(told.value).isprintable()
