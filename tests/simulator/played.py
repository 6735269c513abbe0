"""A province of the sample with all its devices, by a clock that is set."""

from simulator.snmp.manager import Reply, read, request

from contract.inventory import Inventory
from simulator.clock import START, Clock
from simulator.life import Life
from simulator.model.change import Change
from simulator.model.faults import Fault, Kind
from simulator.model.world import World
from simulator.play import Play
from simulator.sample.province import sample
from simulator.snmp import ber
from simulator.snmp.credential import Community
from simulator.snmp.device import Device
from simulator.snmp.kinds import build
from simulator.snmp.scene import Scene
from simulator.snmp.server import Address
from simulator.snmp.week import TICKS, Week
from simulator.traps import Traps

BEGAN, SPEED = 1_800_000_000.0, 60.0
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
INVENTORY = sample(14, 1)
HOUR_S = 3600.0


class Province:
    """`wall` is how many seconds have passed since it began; `heard` what its devices have said unasked."""

    def __init__(self, inventory: Inventory = INVENTORY) -> None:
        self.wall, self.told = 0.0, list[Change]()
        self.world = World(inventory, (), START, seed=1)
        week, there = Week(int(BEGAN * TICKS), START, SPEED), self.world
        scene = Scene(week, there.read, there.celsius, there.battery, there.signal)
        credentials = dict.fromkeys(inventory.credentials, Community(b"public"))
        self.equipment = build(inventory, scene, seed=1, credentials=credentials)
        self.heard = list[tuple[str, Reply]]()
        to = {agent.id: (agent.id, 162) for agent in inventory.agents}
        traps = Traps(inventory, self.world, self.equipment.devices, to, self._hear, week.began)
        self._play = Play(inventory, self.world, self.equipment, traps=traps)
        self._names = {device: name for name, device in self.equipment.devices.items()}
        self._agents = {device.id: device.agent for device in inventory.devices}
        self.life = Life(self.world, Clock(BEGAN, START, SPEED), lambda: BEGAN + self.wall, self._tell)

    def _tell(self, change: Change) -> None:
        self.told.append(change)
        self._play.take(change, self.ticks)

    def _hear(self, device: Device, message: bytes, to: Address) -> None:
        name = self._names[device]
        assert to == (self._agents[name], 162)
        self.heard.append((name, read(message)))

    @property
    def ticks(self) -> int:
        """The time by the wall."""
        return int((BEGAN + self.wall) * TICKS)

    def strike(self, element: str, kind: Kind, for_s: float = HOUR_S, number: float | None = None) -> None:
        """Let a fault begin now."""
        self.life.command(
            lambda now: self.world.begin(Fault(now - START, for_s, element, kind, "command", number=number))
        )

    def go(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.wall += seconds / SPEED
        self.life.go_on()

    def answers(self, name: str) -> bool:
        """Whether a device answers."""
        return self.equipment.devices[name].answer(request(ber.GET, [UPTIME]), self.ticks) is not None

    def value(self, name: str, *oid: int) -> int:
        """Ask a device for a number."""
        (value,) = read(self.equipment.devices[name].answer(request(ber.GET, [oid]), self.ticks)).values
        assert isinstance(value, int)
        return value

    def port(self, device: str, link: str) -> int:
        """Return the ifIndex of a device at which a link ends."""
        mine = [one.id for one in INVENTORY.links if device in one.ends]
        radio = [one.id for one in INVENTORY.links if device in one.ends and one.kind == "microwave"]
        if device.startswith("mw-") and link in radio:
            return max(2, len(mine) - len(radio)) + 1 + radio.index(link)
        return mine.index(link) + 1
