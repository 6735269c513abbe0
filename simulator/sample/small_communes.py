"""Communes of Cà Mau as they are since 1 July 2025: names, and middles in degrees (WGS 84), rounded to a kilometre."""

from datetime import date
from typing import NamedTuple

SINCE = date(2025, 7, 1)
PROVINCE = "ca-mau"


class Commune(NamedTuple):
    """A commune or ward."""

    id: str
    name: str
    lat: float
    lon: float


ALONE = "dat-mui"  # the cape: it has one site however many there are, so that its coverage hangs on that one
CLUSTERS: dict[str, tuple[Commune, ...]] = {  # by agent, its seat first
    "cum-ca-mau": (
        Commune("an-xuyen", "Phường An Xuyên", 9.22, 105.18),
        Commune("nam-can", "Xã Năm Căn", 8.81, 105.04),
        Commune("dat-mui", "Xã Đất Mũi", 8.63, 104.82),
        Commune("u-minh", "Xã U Minh", 9.44, 104.87),
        Commune("song-doc", "Xã Sông Đốc", 9.02, 104.84),
        Commune("thoi-binh", "Xã Thới Bình", 9.34, 105.12),
        Commune("dam-doi", "Xã Đầm Dơi", 8.96, 105.20),
    ),
    "cum-bac-lieu": (
        Commune("bac-lieu", "Phường Bạc Liêu", 9.29, 105.71),
        Commune("gia-rai", "Phường Giá Rai", 9.27, 105.41),
        Commune("ganh-hao", "Xã Gành Hào", 9.09, 105.43),
        Commune("hong-dan", "Xã Hồng Dân", 9.54, 105.45),
        Commune("phuoc-long", "Xã Phước Long", 9.44, 105.49),
        Commune("vinh-loi", "Xã Vĩnh Lợi", 9.37, 105.74),
    ),
}
