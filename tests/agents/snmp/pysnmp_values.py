"""Every type of value, and what pysnmp calls it."""

from hypothesis import strategies as st
from pysnmp.proto import rfc1902, rfc1905  # type: ignore[import-untyped]

from agents.snmp import names
from agents.snmp.ber import Value

UINT32 = st.integers(0, 2**32 - 1)
OIDS = st.lists(UINT32, max_size=20).map(lambda tail: (1, 3, *tail))
VALUES: st.SearchStrategy[tuple[int, Value]] = st.one_of(
    st.tuples(st.just(names.INTEGER), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.sampled_from([names.COUNTER32, names.GAUGE32, names.TIME_TICKS]), UINT32),
    st.tuples(st.just(names.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.sampled_from([names.OCTET_STRING, names.OPAQUE]), st.binary(max_size=300)),
    st.tuples(st.just(names.OBJECT_IDENTIFIER), OIDS),
    st.tuples(st.just(names.IP_ADDRESS), st.binary(min_size=4, max_size=4)),
    st.tuples(st.sampled_from(sorted(names.EMPTY)), st.none()),
)
THEIRS = {
    names.INTEGER: rfc1902.Integer32,
    names.COUNTER32: rfc1902.Counter32,
    names.GAUGE32: rfc1902.Gauge32,
    names.TIME_TICKS: rfc1902.TimeTicks,
    names.COUNTER64: rfc1902.Counter64,
    names.OCTET_STRING: rfc1902.OctetString,
    names.OPAQUE: rfc1902.Opaque,
    names.OBJECT_IDENTIFIER: rfc1902.ObjectIdentifier,
    names.IP_ADDRESS: rfc1902.IpAddress,
    names.NULL: rfc1902.Null,
    names.NO_SUCH_OBJECT: rfc1905.NoSuchObject,
    names.NO_SUCH_INSTANCE: rfc1905.NoSuchInstance,
    names.END_OF_MIB_VIEW: rfc1905.EndOfMibView,
}
