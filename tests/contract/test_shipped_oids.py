"""Every OID of every shipped profile is the one of its MIB object: all are written a second time, by name and arc, here
from the RFCs and the MIBs of IEEE 802.1AB and net-snmp, and in `oids/` from the MIBs of makers, a file a profile."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contract.catalog import load_catalog
from contract.oid import Oid
from contract.profile import Profile, ProfileTable
from contract.profiles import load_profiles

CONFIG = Path(__file__).resolve().parents[2] / "config"
PROFILES, _ = load_profiles(CONFIG / "profiles", load_catalog(CONFIG / "catalog.yaml"))

# Where the objects hang, and their arcs below it.
MIBS: dict[str, dict[str, int]] = {
    "1.3.6.1.2.1.1": {"sysUpTime": 3},  # SNMPv2-MIB, RFC 3418
    "1.3.6.1.2.1.2": {"ifNumber": 1},  # IF-MIB, RFC 2863
    "1.3.6.1.2.1.2.2.1": {
        "ifDescr": 2, "ifSpeed": 5, "ifAdminStatus": 7, "ifOperStatus": 8, "ifInOctets": 10, "ifInUcastPkts": 11,
        "ifInDiscards": 13, "ifInErrors": 14, "ifOutOctets": 16, "ifOutUcastPkts": 17, "ifOutDiscards": 19,
        "ifOutErrors": 20,
    },
    "1.3.6.1.2.1.31.1": {"ifTableLastChange": 5},
    "1.3.6.1.2.1.31.1.1.1": {
        "ifName": 1, "ifHCInOctets": 6, "ifHCInUcastPkts": 7, "ifHCOutOctets": 10, "ifHCOutUcastPkts": 11,
        "ifHighSpeed": 15, "ifCounterDiscontinuityTime": 19,
    },
    "1.3.6.1.2.1.25.1": {"hrSystemUptime": 1, "hrSystemNumUsers": 5, "hrSystemProcesses": 6},  # RFC 2790
    "1.3.6.1.2.1.25.2.3.1": {
        "hrStorageDescr": 3, "hrStorageAllocationUnits": 4, "hrStorageSize": 5, "hrStorageUsed": 6,
        "hrStorageAllocationFailures": 7,
    },
    "1.3.6.1.2.1.25.3.3.1": {"hrProcessorLoad": 2},
    "1.3.6.1.2.1.33.1.2": {  # UPS-MIB, RFC 1628
        "upsBatteryStatus": 1, "upsSecondsOnBattery": 2, "upsEstimatedMinutesRemaining": 3,
        "upsEstimatedChargeRemaining": 4, "upsBatteryVoltage": 5, "upsBatteryCurrent": 6, "upsBatteryTemperature": 7,
    },
    "1.3.6.1.2.1.33.1.3": {"upsInputLineBads": 1},
    "1.3.6.1.2.1.33.1.3.3.1": {
        "upsInputLineIndex": 1, "upsInputFrequency": 2, "upsInputVoltage": 3, "upsInputCurrent": 4,
        "upsInputTruePower": 5,
    },
    "1.3.6.1.2.1.33.1.4": {"upsOutputSource": 1, "upsOutputFrequency": 2},
    "1.3.6.1.2.1.33.1.4.4.1": {
        "upsOutputLineIndex": 1, "upsOutputVoltage": 2, "upsOutputCurrent": 3, "upsOutputPower": 4,
        "upsOutputPercentLoad": 5,
    },
    "1.3.6.1.2.1.33.1.6": {"upsAlarmsPresent": 1},
    "1.3.6.1.2.1.33.1.7": {"upsTestResultsSummary": 3},
    "1.3.6.1.2.1.47.1.1.1.1": {"entPhysicalDescr": 2, "entPhysicalName": 7},  # ENTITY-MIB, RFC 6933
    "1.3.6.1.2.1.47.1.4": {"entLastChangeTime": 1},
    "1.3.6.1.2.1.99.1.1.1": {  # ENTITY-SENSOR-MIB, RFC 3433
        "entPhySensorType": 1, "entPhySensorScale": 2, "entPhySensorPrecision": 3, "entPhySensorValue": 4,
        "entPhySensorOperStatus": 5,
    },
    "1.3.6.1.4.1.2021.4": {  # UCD-SNMP-MIB
        "memTotalSwap": 3, "memAvailSwap": 4, "memTotalReal": 5, "memAvailReal": 6, "memBuffer": 14, "memCached": 15,
        "memSysAvail": 27,
    },
    "1.3.6.1.4.1.2021.9.1": {
        "dskPath": 2, "dskTotal": 6, "dskAvail": 7, "dskUsed": 8, "dskPercent": 9, "dskPercentNode": 10,
    },
    "1.3.6.1.4.1.2021.10.1": {"laNames": 2, "laLoadInt": 5},
    "1.3.6.1.4.1.2021.11": {
        "ssCpuRawUser": 50, "ssCpuRawNice": 51, "ssCpuRawSystem": 52, "ssCpuRawIdle": 53, "ssCpuRawWait": 54,
        "ssCpuRawInterrupt": 56, "ssCpuRawSoftIRQ": 61, "ssRawSwapIn": 62, "ssRawSwapOut": 63, "ssCpuRawSteal": 64,
        "ssCpuNumCpus": 67,
    },
    "1.3.6.1.4.1.2021.13.15.1.1": {  # UCD-DISKIO-MIB
        "diskIODevice": 2, "diskIONRead": 3, "diskIONWritten": 4, "diskIOReads": 5, "diskIOWrites": 6,
        "diskIONReadX": 12, "diskIONWrittenX": 13, "diskIOBusyTime": 14,
    },
    "1.3.6.1.2.1.15.3.1": {  # BGP4-MIB, RFC 4273
        "bgpPeerState": 2, "bgpPeerAdminStatus": 3, "bgpPeerInUpdates": 10, "bgpPeerOutUpdates": 11,
        "bgpPeerInTotalMessages": 12, "bgpPeerOutTotalMessages": 13, "bgpPeerFsmEstablishedTransitions": 15,
        "bgpPeerFsmEstablishedTime": 16,
    },
    "1.3.6.1.2.1.14.1": {  # OSPF-MIB, RFC 4750
        "ospfAdminStat": 2, "ospfExternLsaCount": 6, "ospfOriginateNewLsas": 9, "ospfRxNewLsas": 10,
    },
    "1.3.6.1.2.1.14.2.1": {"ospfSpfRuns": 4, "ospfAreaLsaCount": 7},
    "1.3.6.1.2.1.14.7.1": {"ospfIfState": 12, "ospfIfEvents": 15},
    "1.3.6.1.2.1.14.10.1": {"ospfNbrState": 6, "ospfNbrEvents": 7, "ospfNbrLsRetransQLen": 8},
    "1.3.6.1.2.1.80.1.3.1": {  # DISMAN-PING-MIB, RFC 4560
        "pingResultsOperStatus": 1, "pingResultsMinRtt": 4, "pingResultsMaxRtt": 5, "pingResultsAverageRtt": 6,
        "pingResultsProbeResponses": 7, "pingResultsSentProbes": 8,
    },
    "1.3.6.1.4.1.9.9.42.1.2.1.1": {"rttMonCtrlAdminTag": 3},  # CISCO-RTTMON-MIB
    "1.3.6.1.4.1.9.9.42.1.2.2.1": {"rttMonEchoAdminPrecision": 37},
    "1.3.6.1.4.1.9.9.42.1.2.10.1": {"rttMonLatestRttOperCompletionTime": 1, "rttMonLatestRttOperSense": 2},
    "1.3.6.1.4.1.9.9.42.1.5.2.1": {
        "rttMonLatestJitterOperNumOfRTT": 1, "rttMonLatestJitterOperRTTMin": 4, "rttMonLatestJitterOperRTTMax": 5,
        "rttMonLatestJitterOperPacketLossSD": 26, "rttMonLatestJitterOperPacketLossDS": 27,
        "rttMonLatestJitterOperPacketMIA": 29, "rttMonLatestJitterOperMOS": 42, "rttMonLatestJitterOperAvgJitter": 46,
    },
    "1.0.8802.1.1.2.1.2": {  # LLDP-MIB, IEEE 802.1AB-2005
        "lldpStatsRemTablesLastChangeTime": 1, "lldpStatsRemTablesInserts": 2, "lldpStatsRemTablesDeletes": 3,
        "lldpStatsRemTablesDrops": 4, "lldpStatsRemTablesAgeouts": 5,
    },
    "1.0.8802.1.1.2.1.3.7.1": {"lldpLocPortId": 3, "lldpLocPortDesc": 4},
    "1.0.8802.1.1.2.1.4.1.1": {
        "lldpRemChassisIdSubtype": 4, "lldpRemChassisId": 5, "lldpRemPortId": 7, "lldpRemPortDesc": 8,
        "lldpRemSysName": 9,
    },
}  # fmt: skip
REAL = "entPhySensorValue entPhySensorScale entPhySensorPrecision entPhySensorType entPhySensorOperStatus"
PRECISION = "rttMonEchoAdminPrecision rttMonEchoAdminPrecision"
UNITS = ("volts", "amperes", "watts", "hertz", "celsius", "humidity_pct", "rpm", "airflow", "dbm")
# What each tag and column, and each key of a table that has OIDs, is about; in the order of `objects()`.
USES: dict[str, dict[str, str]] = {
    "system": {"system.uptime_s": "sysUpTime"},
    "if-mib": {
        "interface.if_name": "ifName ifDescr",
        "interface: changed": "ifTableLastChange ifNumber",
        "interface: discontinuity": "ifCounterDiscontinuityTime",
        "interface.admin_status": "ifAdminStatus",
        "interface.oper_status": "ifOperStatus",
        "interface.speed_bps": "ifHighSpeed ifSpeed",
        "interface.in_bps": "ifHCInOctets ifInOctets",
        "interface.out_bps": "ifHCOutOctets ifOutOctets",
        "interface.in_octets": "ifHCInOctets ifInOctets",
        "interface.out_octets": "ifHCOutOctets ifOutOctets",
        "interface.in_pps": "ifHCInUcastPkts ifInUcastPkts",
        "interface.out_pps": "ifHCOutUcastPkts ifOutUcastPkts",
        "interface.in_discards": "ifInDiscards",
        "interface.in_errors": "ifInErrors",
        "interface.out_discards": "ifOutDiscards",
        "interface.out_errors": "ifOutErrors",
    },
    "host-resources": {
        "match": "hrStorageSize hrProcessorLoad hrSystemProcesses",
        "host.host_uptime_s": "hrSystemUptime",
        "host.sessions": "hrSystemNumUsers",
        "host.processes": "hrSystemProcesses",
        "processor.cpu": "",
        "processor.load_pct": "hrProcessorLoad",
        "storage.storage": "hrStorageDescr",
        "storage.size_bytes": "hrStorageSize hrStorageAllocationUnits",
        "storage.used_bytes": "hrStorageUsed hrStorageAllocationUnits",
        "storage.failures": "hrStorageAllocationFailures",
    },
    "ups-mib": {
        "match": "upsBatteryStatus",
        "ups.battery_status": "upsBatteryStatus",
        "ups.on_battery_s": "upsSecondsOnBattery",
        "ups.remaining_min": "upsEstimatedMinutesRemaining",
        "ups.charge_pct": "upsEstimatedChargeRemaining",
        "ups.battery_volts": "upsBatteryVoltage",
        "ups.battery_amperes": "upsBatteryCurrent",
        "ups.battery_celsius": "upsBatteryTemperature",
        "ups.input_line_bads": "upsInputLineBads",
        "ups.output_source": "upsOutputSource",
        "ups.output_hertz": "upsOutputFrequency",
        "ups.alarms_present": "upsAlarmsPresent",
        "ups.test_result": "upsTestResultsSummary",
        "ups_input.line": "",
        "ups_input.hertz": "upsInputFrequency upsInputLineIndex",
        "ups_input.volts": "upsInputVoltage upsInputLineIndex",
        "ups_input.amperes": "upsInputCurrent upsInputLineIndex",
        "ups_input.watts": "upsInputTruePower upsInputLineIndex",
        "ups_output.line": "",
        "ups_output.volts": "upsOutputVoltage upsOutputLineIndex",
        "ups_output.amperes": "upsOutputCurrent upsOutputLineIndex",
        "ups_output.watts": "upsOutputPower upsOutputLineIndex",
        "ups_output.load_pct": "upsOutputPercentLoad upsOutputLineIndex",
    },
    "entity-sensor": {
        "match": "entPhySensorValue",
        "chassis_sensor.sensor": "entPhysicalName entPhysicalDescr",
        "chassis_sensor: changed": "entLastChangeTime",
        "chassis_sensor.status": "entPhySensorOperStatus",
        "chassis_sensor.truth": "entPhySensorValue entPhySensorType entPhySensorOperStatus",
        **{f"chassis_sensor.{unit}": REAL for unit in UNITS},
    },
    "net-snmp-linux": {
        "match": "memTotalReal ssCpuRawIdle laLoadInt",
        "memory.total_bytes": "memTotalReal",
        "memory.free_bytes": "memAvailReal",
        "memory.available_bytes": "memSysAvail",
        "memory.buffer_bytes": "memBuffer",
        "memory.cached_bytes": "memCached",
        "memory.swap_total_bytes": "memTotalSwap",
        "memory.swap_free_bytes": "memAvailSwap",
        "memory.swapped_in": "ssRawSwapIn",
        "memory.swapped_out": "ssRawSwapOut",
        "cpu_time.processors": "ssCpuNumCpus",
        "cpu_time.in_user": "ssCpuRawUser",
        "cpu_time.in_nice": "ssCpuRawNice",
        "cpu_time.in_system": "ssCpuRawSystem",
        "cpu_time.in_idle": "ssCpuRawIdle",
        "cpu_time.in_wait": "ssCpuRawWait",
        "cpu_time.in_interrupts": "ssCpuRawInterrupt",
        "cpu_time.in_softirq": "ssCpuRawSoftIRQ",
        "cpu_time.in_steal": "ssCpuRawSteal",
        "load_average.period": "laNames",
        "load_average.load": "laLoadInt",
        "file_system.path": "dskPath",
        "file_system.total_bytes": "dskTotal",
        "file_system.available_bytes": "dskAvail",
        "file_system.used_bytes": "dskUsed",
        "file_system.used_pct": "dskPercent",
        "file_system.inodes_used_pct": "dskPercentNode",
        "disk_io.disk": "diskIODevice",
        "disk_io.read_bytes_per_s": "diskIONReadX diskIONRead",
        "disk_io.written_bytes_per_s": "diskIONWrittenX diskIONWritten",
        "disk_io.reads_per_s": "diskIOReads",
        "disk_io.writes_per_s": "diskIOWrites",
        "disk_io.busy_pct": "diskIOBusyTime",
    },
    "disman-ping": {
        "match": "pingResultsOperStatus",
        "path_test.owner": "",
        "path_test.test": "",
        "path_test.status": "pingResultsOperStatus",
        "path_test.sent": "pingResultsSentProbes",
        "path_test.received": "pingResultsProbeResponses",
        "path_test.rtt_min_ms": "pingResultsMinRtt",
        "path_test.rtt_mean_ms": "pingResultsAverageRtt",
        "path_test.rtt_max_ms": "pingResultsMaxRtt",
    },
    "cisco-ip-sla": {
        "match": "rttMonLatestRttOperSense",
        "path_test.owner": "",
        "path_test.test": "rttMonCtrlAdminTag",
        "path_test.outcome": "rttMonLatestRttOperSense",
        "path_test.rtt_mean_ms": "rttMonLatestRttOperCompletionTime rttMonLatestRttOperCompletionTime"
        " rttMonLatestRttOperSense rttMonEchoAdminPrecision rttMonLatestRttOperSense rttMonEchoAdminPrecision",
        "path_test.rtt_min_ms": f"rttMonLatestJitterOperRTTMin rttMonLatestJitterOperRTTMin {PRECISION}",
        "path_test.rtt_max_ms": f"rttMonLatestJitterOperRTTMax rttMonLatestJitterOperRTTMax {PRECISION}",
        "path_test.jitter_ms": f"rttMonLatestJitterOperAvgJitter rttMonLatestJitterOperAvgJitter {PRECISION}",
        "path_test.received": "rttMonLatestJitterOperNumOfRTT",
        "path_test.lost_out": "rttMonLatestJitterOperPacketLossSD",
        "path_test.lost_back": "rttMonLatestJitterOperPacketLossDS",
        "path_test.lost_anywhere": "rttMonLatestJitterOperPacketMIA",
        "path_test.mos": "rttMonLatestJitterOperMOS",
    },
    "bgp4": {
        "match": "bgpPeerState",
        "bgp_peer.peer": "",
        "bgp_peer.peer_state": "bgpPeerState",
        "bgp_peer.admin_status": "bgpPeerAdminStatus",
        "bgp_peer.established_transitions": "bgpPeerFsmEstablishedTransitions",
        "bgp_peer.established_s": "bgpPeerFsmEstablishedTime",
        "bgp_messages.peer": "",
        "bgp_messages: discontinuity": "bgpPeerFsmEstablishedTransitions",
        "bgp_messages.in_updates": "bgpPeerInUpdates",
        "bgp_messages.out_updates": "bgpPeerOutUpdates",
        "bgp_messages.in_messages": "bgpPeerInTotalMessages",
        "bgp_messages.out_messages": "bgpPeerOutTotalMessages",
    },
    "ospf": {
        "match": "ospfAdminStat ospfNbrState",
        "ospf.admin_status": "ospfAdminStat",
        "ospf.external_lsas": "ospfExternLsaCount",
        "ospf.lsas_originated": "ospfOriginateNewLsas",
        "ospf.lsas_received": "ospfRxNewLsas",
        "ospf_area.area_id": "",
        "ospf_area.spf_runs": "ospfSpfRuns",
        "ospf_area.lsas": "ospfAreaLsaCount",
        "ospf_interface.address": "",
        "ospf_interface.unnumbered": "",
        "ospf_interface.if_state": "ospfIfState",
        "ospf_interface.events": "ospfIfEvents",
        "ospf_neighbor.neighbor": "",
        "ospf_neighbor.unnumbered": "",
        "ospf_neighbor.neighbor_state": "ospfNbrState",
        "ospf_neighbor.events": "ospfNbrEvents",
        "ospf_neighbor.retransmit_queue": "ospfNbrLsRetransQLen",
    },
    "lldp": {
        "match": "lldpRemChassisIdSubtype lldpLocPortId",
        "lldp.neighbors_added": "lldpStatsRemTablesInserts",
        "lldp.neighbors_removed": "lldpStatsRemTablesDeletes",
        "lldp.neighbors_dropped": "lldpStatsRemTablesDrops",
        "lldp.neighbors_aged_out": "lldpStatsRemTablesAgeouts",
        "lldp_neighbor: changed": "lldpStatsRemTablesLastChangeTime",
        "lldp_neighbor.local_port": "lldpLocPortId lldpLocPortDesc",
        "lldp_neighbor.remote_name": "lldpRemSysName lldpRemChassisId",
        "lldp_neighbor.remote_port": "lldpRemPortId lldpRemPortDesc",
        "lldp_neighbor.present": "lldpRemChassisIdSubtype",
    },
}


Uses = tuple[dict[str, dict[str, int]], dict[str, str]]  # as MIBS; as one of USES


def _of_makers() -> dict[str, Uses]:
    files = sorted(Path(__file__).with_name("oids").glob("*.yaml"))
    read = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}
    return {name: (said["objects"], said["uses"]) for name, said in read.items()}


KNOWN: dict[str, Uses] = {name: (MIBS, uses) for name, uses in USES.items()} | _of_makers()


def _uses(profile: Profile) -> Iterator[tuple[str, list[Oid]]]:
    if profile.match.has:
        yield "match", profile.match.has
    times = Counter[str]()
    for table in profile.tables:
        times[table.measurement] += 1
        again = f"#{times[table.measurement]} " if times[table.measurement] > 1 else ""
        yield from ((again + at, objects) for at, objects in _uses_of_table(table))


def _uses_of_table(table: ProfileTable) -> Iterator[tuple[str, list[Oid]]]:
    for name, tag in table.tags.items():
        yield f"{table.measurement}.{name}", tag.objects()
    for name, column in table.columns.items():
        yield f"{table.measurement}.{name}", column.objects()
    if table.changed:
        yield f"{table.measurement}: changed", table.changed
    if table.discontinuity:
        yield f"{table.measurement}: discontinuity", [table.discontinuity]


def test_every_shipped_profile_is_in_the_table_and_no_other() -> None:
    assert PROFILES.keys() == KNOWN.keys()


@pytest.mark.parametrize("name", KNOWN)
def test_every_oid_of_a_shipped_profile_is_that_of_its_mib_object(name: str) -> None:
    mibs, uses = KNOWN[name]
    oids = {obj: f"{base}.{arc}" for base, objects in mibs.items() for obj, arc in objects.items()}

    def oid(said: str) -> str:  # of an object, or of an instance: mainsVoltageValue.1
        obj, *instance = said.split(".")
        return ".".join([oids[obj], *instance])

    found = [(at, [".".join(map(str, oid)) for oid in objects]) for at, objects in _uses(PROFILES[name])]
    assert dict(found) == {at: [oid(obj) for obj in said.split()] for at, said in uses.items()}
    assert len(found) == len(uses)


def test_the_objects_that_net_snmp_brings_are_those_of_its_own_mibs() -> None:
    """The sub-identifiers as net-snmp's MIB files give them, where the suite's own net-snmp is there."""
    folder = CONFIG.parent / ".servers" / "root" / "usr" / "share" / "snmp" / "mibs"
    texts = [path.read_text(errors="replace") for path in folder.glob("UCD-*-MIB.txt")]
    if not texts:
        pytest.skip("net-snmp's MIBs are not there")
    ours = {obj: arc for base, objects in MIBS.items() if ".2021." in base for obj, arc in objects.items()}
    words = " ".join(texts).split()
    defined = {words[i]: i for i, word in enumerate(words[1:]) if word == "OBJECT-TYPE"}
    ends = {obj: words.index("::=", defined[obj]) for obj in ours}
    assert {obj: int(words[end + 3]) for obj, end in ends.items()} == ours
