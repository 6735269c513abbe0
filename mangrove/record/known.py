"""Which objects hold what must not leave a network, and how rows are named by addresses. Data only.

A prefix stands for all objects below it.
"""

from typing import Final, Literal

from agents.snmp.oids import Oid, oid

What = Literal["secret", "serial", "person", "name", "address"]
Part = Literal["number", "ip", "inet", "mac", "oid"]
"""What a piece of a row's index is: one sub-identifier, four of an IPv4 address, an InetAddress with its type and
length (RFC 4001), six of a MAC address, as many as the first one says."""

_OBJECTS: Final[dict[What, str]] = {
    # SNMP's own targets, notifications, users, groups and communities (RFC 3413, 3414, 3415, 3584), engine ids (RFC
    # 3411); command lines (RFC 2790 hrSWRunParameters, net-snmp's extend and exec); Cisco's copies of configurations
    # and licences; Huawei's licences and the passwords of its ONTs.
    "secret": """1.3.6.1.6.3.12 1.3.6.1.6.3.13 1.3.6.1.6.3.15.1.2 1.3.6.1.6.3.16 1.3.6.1.6.3.18 1.3.6.1.6.3.10.2.1.1
        1.3.6.1.2.1.25.4.2.1.4 1.3.6.1.2.1.25.4.2.1.5 1.3.6.1.4.1.8072.1.3.2.2.1.2 1.3.6.1.4.1.8072.1.3.2.2.1.3
        1.3.6.1.4.1.8072.1.3.2.2.1.4 1.3.6.1.4.1.2021.8.1.3
        1.3.6.1.4.1.9.9.96.1.1.1.1.7 1.3.6.1.4.1.9.9.96.1.1.1.1.8 1.3.6.1.4.1.9.9.543 1.3.6.1.4.1.2011.5.25.142
        1.3.6.1.4.1.2011.6.128.1.1.2.43.1.4""",
    # ENTITY-MIB SerialNum, Alias, AssetID, Uris (RFC 6933), Printer-MIB; Cisco: chassis, modules, assets, and what
    # modems are called (IMSI, IMEI, ICCID, number); Huawei: access points, ONTs, optical
    # modules; MikroTik: serial, software id, modems; APC: UPS, PDU, ATS; H3C; Juniper; Nokia: routers, ISAM; Ceragon;
    # Baicells; Eltek; Vertiv; ZTE ONTs.
    "serial": """1.3.6.1.2.1.47.1.1.1.1.11 1.3.6.1.2.1.47.1.1.1.1.14 1.3.6.1.2.1.47.1.1.1.1.15
        1.3.6.1.2.1.47.1.1.1.1.18 1.3.6.1.2.1.43.5.1.1.17
        1.3.6.1.4.1.9.3.6.3 1.3.6.1.4.1.9.5.1.2.19 1.3.6.1.4.1.9.5.1.3.1.1.26 1.3.6.1.4.1.9.9.92.1.1.1.2
        1.3.6.1.4.1.9.9.661.1.3.1.1
        1.3.6.1.4.1.2011.6.139.13.3.3.1.2 1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3 1.3.6.1.4.1.2011.5.25.31.1.1.3.1.4
        1.3.6.1.4.1.14988.1.1.7.3 1.3.6.1.4.1.14988.1.1.4.1 1.3.6.1.4.1.14988.1.1.16.1.1.11
        1.3.6.1.4.1.14988.1.1.16.1.1.12 1.3.6.1.4.1.14988.1.1.16.1.1.13
        1.3.6.1.4.1.318.1.1.1.1.2.3 1.3.6.1.4.1.318.1.1.12.1.6 1.3.6.1.4.1.318.1.1.8.1.6 1.3.6.1.4.1.318.1.1.4.1.5
        1.3.6.1.4.1.318.1.1.26.2.1.9
        1.3.6.1.4.1.25506.2.6.1.2.1.1.2 1.3.6.1.4.1.25506.2.70.1.1.1.5 1.3.6.1.4.1.2636.3.1.3
        1.3.6.1.4.1.2636.3.1.8.1.7 1.3.6.1.4.1.2636.3.40.1.4.1.1.1.2
        1.3.6.1.4.1.637.61.1.23.2.1.13 1.3.6.1.4.1.637.61.1.23.3.1.19
        1.3.6.1.4.1.2281.10.1.2.10.1.1.6 1.3.6.1.4.1.53058.2.1.6
        1.3.6.1.4.1.12148.9.5.5.2.1.8 1.3.6.1.4.1.12148.9.1.18.3 1.3.6.1.4.1.12148.9.2.1.3.7
        1.3.6.1.4.1.12148.9.2.1.3.8 1.3.6.1.4.1.12148.10.2.7 1.3.6.1.4.1.12148.10.5.6.1.10
        1.3.6.1.4.1.476.1.42.3.8.30.20.1.55 1.3.6.1.4.1.476.1.42.3.8.60.15.1.20 1.3.6.1.4.1.476.1.42.3.8.60.15.1.35
        1.3.6.1.4.1.6527.3.1.2.2.1.8.1.5 1.3.6.1.4.1.6527.3.1.2.2.4.2.1.45
        1.3.6.1.4.1.3902.1012.3.28.1.1.5 1.3.6.1.4.1.3902.1082.500.10.2.3.3.1.18""",
    "person": "1.3.6.1.2.1.1.4",  # sysContact
    # sysName, sysLocation, ifAlias (names of customers), names of VLANs; of neighbours by LLDP, CDP, MikroTik's;
    # upsIdentName, upsIdentAttachedDevices, upsBasicIdentName, Cisco's hostName
    "name": """1.3.6.1.2.1.1.5 1.3.6.1.2.1.1.6 1.3.6.1.2.1.31.1.1.1.18 1.3.6.1.2.1.17.7.1.4.3.1.1
        1.0.8802.1.1.2.1.3.3 1.0.8802.1.1.2.1.3.7.1.4 1.0.8802.1.1.2.1.4.1.1.8 1.0.8802.1.1.2.1.4.1.1.9
        1.3.6.1.4.1.9.9.23.1.2.1.1.6 1.3.6.1.4.1.9.9.23.1.2.1.1.17 1.3.6.1.4.1.9.9.23.1.3.4 1.3.6.1.4.1.9.2.1.3
        1.3.6.1.4.1.14988.1.1.11.1.1.6 1.3.6.1.2.1.33.1.1.5 1.3.6.1.2.1.33.1.1.6 1.3.6.1.4.1.318.1.1.1.1.1.2""",
    # Octets of addresses: ifPhysAddress, ifRcvAddress, hosts of ARP, bridges; chassis by LLDP, cdpCacheAddress
    "address": """1.3.6.1.2.1.2.2.1.6 1.3.6.1.2.1.31.1.4.1.1 1.3.6.1.2.1.3.1.1.2 1.3.6.1.2.1.4.22.1.2
        1.3.6.1.2.1.4.35.1.4 1.3.6.1.2.1.17.1.1 1.3.6.1.2.1.17.2.5 1.3.6.1.2.1.17.2.15.1.6 1.3.6.1.2.1.17.2.15.1.8
        1.3.6.1.2.1.17.4.3.1.1 1.3.6.1.2.1.17.7.1.2.2.1.1
        1.0.8802.1.1.2.1.3.2 1.0.8802.1.1.2.1.4.1.1.5 1.3.6.1.4.1.9.9.23.1.2.1.1.4 1.3.6.1.4.1.14988.1.1.11.1.1.3""",
}
OBJECTS: Final[dict[Oid, What]] = {oid(prefix): what for what, some in _OBJECTS.items() for prefix in some.split()}

_ROWS: Final[dict[str, tuple[Part, ...]]] = {
    "1.3.6.1.2.1.3.1.1": ("number", "number", "ip"),  # atTable
    "1.3.6.1.2.1.4.20.1": ("ip",),  # ipAddrTable
    "1.3.6.1.2.1.4.21.1": ("ip",),  # ipRouteTable
    "1.3.6.1.2.1.4.22.1": ("number", "ip"),  # ipNetToMediaTable
    "1.3.6.1.2.1.4.24.4.1": ("ip", "ip", "number", "ip"),  # ipCidrRouteTable
    "1.3.6.1.2.1.4.24.7.1": ("inet", "number", "oid", "inet"),  # inetCidrRouteTable
    "1.3.6.1.2.1.4.32.1": ("number", "inet"),  # ipAddressPrefixTable
    "1.3.6.1.2.1.4.34.1": ("inet",),  # ipAddressTable
    "1.3.6.1.2.1.4.35.1": ("number", "inet"),  # ipNetToPhysicalTable
    "1.3.6.1.2.1.4.37.1": ("inet",),  # ipDefaultRouterTable
    "1.3.6.1.2.1.6.13.1": ("ip", "number", "ip"),  # tcpConnTable
    "1.3.6.1.2.1.6.19.1": ("inet", "number", "inet"),  # tcpConnectionTable
    "1.3.6.1.2.1.6.20.1": ("inet",),  # tcpListenerTable
    "1.3.6.1.2.1.7.5.1": ("ip",),  # udpTable
    "1.3.6.1.2.1.7.7.1": ("inet", "number", "inet"),  # udpEndpointTable
    "1.3.6.1.2.1.14.4.1": ("number",) * 5 + ("ip", "ip"),  # ospfLsdbTable: area, type, link state, router
    "1.3.6.1.2.1.14.7.1": ("ip",),  # ospfIfTable
    "1.3.6.1.2.1.14.8.1": ("ip",),  # ospfIfMetricTable
    "1.3.6.1.2.1.14.10.1": ("ip",),  # ospfNbrTable
    "1.3.6.1.2.1.15.3.1": ("ip",),  # bgpPeerTable
    "1.3.6.1.2.1.15.6.1": ("ip", "number", "ip"),  # bgp4PathAttrTable
    "1.3.6.1.2.1.17.4.3.1": ("mac",),  # dot1dTpFdbTable
    "1.3.6.1.2.1.17.7.1.2.2.1": ("number", "mac"),  # dot1qTpFdbTable
    "1.3.6.1.2.1.31.1.4.1": ("number", "number", "mac"),  # ifRcvAddressTable
    "1.0.8802.1.1.2.1.3.8.1": ("inet",),  # lldpLocManAddrTable
    "1.0.8802.1.1.2.1.4.2.1": ("number", "number", "number", "inet"),  # lldpRemManAddrTable
    "1.3.6.1.4.1.9.9.187.1.2.1.1": ("ip",),  # cbgpPeerTable
    "1.3.6.1.4.1.9.9.187.1.2.5.1": ("inet",),  # cbgpPeer2Table
    "1.3.6.1.4.1.14988.1.1.1.2.1": ("mac",),  # mtxrWlRtabTable: the clients of a radio
}
ROWS: Final = {oid(entry): parts for entry, parts in _ROWS.items()}
