"""The operating clusters of the sample, one agent each. They are made up, as is the backbone's shape."""

from typing import Literal, NamedTuple


class Cluster(NamedTuple):
    """`districts`: its former districts in the order of the fibre ring through their seats; `seat` is the one where the
    agent stands, `core` the one whose core router closes the ring; `speaks` is what its sites' sensors do."""

    id: str
    name: str
    seat: str
    core: str
    districts: tuple[str, ...]
    speaks: Literal["json", "line-protocol", "sparkplug"] = "json"


CLUSTERS = (
    Cluster("cum-ca-mau", "Cà Mau", "tp-ca-mau", "tp-ca-mau", ("tp-ca-mau", "huyen-thoi-binh", "huyen-u-minh")),
    Cluster(
        *("cum-bac-lieu", "Bạc Liêu", "tp-bac-lieu", "tp-bac-lieu"),
        ("tp-bac-lieu", "huyen-hoa-binh", "huyen-vinh-loi"),
        "line-protocol",
    ),
    Cluster(
        *("cum-mui-ca-mau", "Mũi Cà Mau", "huyen-nam-can", "tp-ca-mau"),
        ("huyen-nam-can", "huyen-ngoc-hien", "huyen-dam-doi"),
    ),
    Cluster(
        *("cum-bien-tay", "Biển Tây", "huyen-tran-van-thoi", "tp-ca-mau"),
        ("huyen-tran-van-thoi", "huyen-phu-tan", "huyen-cai-nuoc"),
    ),
    Cluster(
        *("cum-gia-rai", "Giá Rai", "tx-gia-rai", "tp-bac-lieu"),
        ("huyen-hong-dan", "huyen-phuoc-long", "tx-gia-rai", "huyen-dong-hai"),
        "sparkplug",
    ),
)
BY_BOAT = ("huyen-ngoc-hien", "huyen-nam-can", "huyen-u-minh", "huyen-dam-doi", "huyen-phu-tan")  # to most sites
