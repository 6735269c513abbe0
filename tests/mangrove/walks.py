"""Walks as tests need them: made by hand, by Hypothesis, and real recordings where they are at hand."""

from agents.snmp.recordings import recordings
from hypothesis import strategies as st

from agents.snmp import names
from agents.snmp.oids import oid
from agents.snmp.varbinds import Varbind

RECORDINGS = recordings()
"""Real devices' walks; none where there are none at hand."""

arcs = st.integers(0, 2**32 - 1) | st.integers(0, 200)
oids = st.lists(arcs, min_size=1, max_size=20).map(lambda rest: (1, 3, *rest))
values = st.one_of(
    st.tuples(st.just(names.INTEGER), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.sampled_from([names.COUNTER32, names.GAUGE32, names.TIME_TICKS]), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(names.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(names.IP_ADDRESS), st.binary(min_size=4, max_size=4)),
    st.tuples(st.sampled_from([names.OCTET_STRING, names.OPAQUE]), st.binary(max_size=40)),
    st.tuples(st.just(names.OCTET_STRING), st.text(max_size=20).map(str.encode)),
    st.tuples(st.just(names.OBJECT_IDENTIFIER), oids),
)
varbinds = st.builds(lambda name, value: Varbind(name, *value), oids, values)
walks = st.lists(varbinds, max_size=20)


def octets(name: str, value: bytes) -> Varbind:
    """A varbind with an OCTET STRING."""
    return Varbind(oid(name), names.OCTET_STRING, value)
