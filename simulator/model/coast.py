"""Where salt and tides reach: the sites of communes that lay in a district by the sea."""

from contract.inventory import Inventory

DISTRICTS = frozenset(
    {
        *("huyen-ngoc-hien", "huyen-nam-can", "huyen-phu-tan", "huyen-tran-van-thoi", "huyen-u-minh", "huyen-dam-doi"),
        *("huyen-dong-hai", "huyen-hoa-binh", "tp-bac-lieu"),
    }
)


def coastal(inventory: Inventory) -> frozenset[str]:
    """Return those sites."""
    areas = {area.id for area in inventory.areas if area.former in DISTRICTS}
    return frozenset(site.id for site in inventory.sites if site.area in areas)
