"""Where the files that come with Mangrove are: in the checkout, or in the installed package."""

from pathlib import Path


def shipped_config() -> Path:
    """Return the folder `config`."""
    installed = Path(__file__).parent / "shipped_config"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "config"
