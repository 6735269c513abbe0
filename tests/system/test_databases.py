"""The oracle's readers find in a real database what was written, and nothing else."""

from servers import web
from servers.influxdb import InfluxDb
from servers.victoria_metrics import VictoriaMetrics
from system.databases import Found, influx, victoria

NOW = 1_790_000_000_000
INTERFACE = f"interface,agent=a,device=d,if_name=ge\\ 0 in_bps=1.5,out_bps=2 {NOW}\n"
LINES = f"{INTERFACE}poll,agent=a,device=d outcome=0i {NOW + 1}\n"
POINTS = [
    Found("interface", (("agent", "a"), ("device", "d"), ("if_name", "ge 0")), NOW, {"in_bps": 1.5, "out_bps": 2}),
    Found("poll", (("agent", "a"), ("device", "d")), NOW + 1, {"outcome": 0}),
]


def test_influxdb_is_read(shared_influxdb: InfluxDb) -> None:
    shared_influxdb.create_database("oracle")
    shared_influxdb.write(LINES, database="oracle")
    assert list(influx(shared_influxdb.url, "oracle")) == POINTS


def test_victoria_metrics_is_read_and_a_sample_of_the_same_time_is_a_point_of_its_own(
    victoria_metrics: VictoriaMetrics,
) -> None:
    again = f"poll,agent=a,device=d outcome=4i {NOW + 1}\nstrange,agent=a x=1 {NOW}\n"
    for body in (LINES, again):
        parameters = {"db": "mangrove", "precision": "ms"}
        assert web.request(victoria_metrics.port, "POST", "/write", parameters, body=body.encode())[0] == 204
    found = list(victoria(victoria_metrics.url, ["poll", "interface"]))
    assert [one for one in found if one.measurement == "interface"] == POINTS[:1]
    polls = [one for one in found if one.measurement == "poll"]
    assert [(one.tags, one.time) for one in polls] == [(POINTS[1].tags, NOW + 1)] * 2
    assert sorted(one.fields["outcome"] for one in polls) == [0, 4]
    assert [one for one in found if not one.measurement] == [Found("", (("agent", "a"),), NOW, {"strange_x": 1})]
