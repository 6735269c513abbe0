"""When a device has started."""


class Clock:
    """When it started last, in ticks, and how often it has (snmpEngineBoots)."""

    __slots__ = ("boot", "boots")

    def __init__(self, boot: int, boots: int) -> None:
        self.boot, self.boots = boot, boots

    def uptime(self, ticks: int) -> tuple[int]:
        """Return sysUpTime."""
        return (max(0, ticks - self.boot),)
