"""A query of the embedded store reads what is stored, and nothing else."""

import pytest

from collector import embedded
from collector.embedded import EmbeddedStore
from collector.store import Point, QueryError, Written

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z


def _point(name: str, at: int = T, **fields: float) -> Point:
    return Point.of("interface", (("if_name", name),), tuple(sorted(fields.items())), at)


def _count(store: EmbeddedStore) -> object:
    return store.query("SELECT count(*) AS n FROM interface")[0]["n"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELEKT",
        "SELECT '\ud800'",
        "SELECT 1; SELECT 2",
        "DROP TABLE interface",
        "ATTACH '/tmp/x.duckdb'",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "SET threads = 1",
        'INSERT INTO "2023-11-14".interface (time) VALUES (now())',
        'WITH x AS (INSERT INTO "2023-11-14".interface (time) VALUES (now()) RETURNING 1) SELECT * FROM x',
        'WITH x AS (DELETE FROM "2023-11-14".interface RETURNING 1) SELECT * FROM x',
        "SELECT * FROM query('DROP VIEW interface')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM nothing",
        "SELECT * FROM DAY",
    ],
)
def test_a_query_can_only_read_what_is_stored(store: EmbeddedStore, text: str) -> None:
    assert store.write([_point("a", in_bps=1.0)]) == Written()
    with pytest.raises(QueryError):
        store.query(text)
    assert _count(store) == 1
    assert store.write([_point("b", in_bps=1.0)]) == Written()


def test_a_query_of_a_measurement_without_points_has_no_rows(store: EmbeddedStore) -> None:
    assert store.query("SELECT * FROM traffic") == []
    assert store.query("SELECT count(*) AS n, sum(octets) AS s FROM traffic") == [{"n": 0, "s": None}]


def test_a_query_that_takes_too_long_ends(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "QUERY_S", 0.2)
    with pytest.raises(QueryError, match="ask for less"):
        store.query("SELECT count(*) FROM range(100000000000) r(x) WHERE hash(x) % 1000003 = 5")
    assert store.write([_point("a", in_bps=1.0)]) == Written()


def test_a_query_gives_all_rows_or_none(store: EmbeddedStore) -> None:
    assert store.write([_point(str(i), in_bps=1.0) for i in range(embedded.MAX_ROWS + 1)]) == Written()
    assert len(store.query("SELECT * FROM interface LIMIT 10000")) == embedded.MAX_ROWS
    with pytest.raises(QueryError, match="LIMIT"):
        store.query("SELECT * FROM interface")


def test_plain_values_come_out_of_every_type(store: EmbeddedStore) -> None:
    text = "SELECT make_timestamp_ms(5) AS t, 1.5::DECIMAL(4, 1) AS d, [1] AS l, NULL AS n, true AS b, 'x' AS s"
    assert store.query(text) == [{"t": 5, "d": 1.5, "l": "[1]", "n": None, "b": True, "s": "x"}]
