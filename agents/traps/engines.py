"""The engines that send notifications of version 3, each learned from its first authentic message.

A trap's sender is authoritative (RFC 3414 section 1.5.1), so its engine id, boots and time come with the message. They
are believed only with a right authentication code, and there is a bound on how many are remembered: nobody who lacks a
password can fill the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from agents.snmp.errors import BadResponse
from agents.snmp.usm.auth import Authenticator
from agents.snmp.usm.engine import MAX_NUMBER, TIME_WINDOW_S
from agents.snmp.usm.keys import key_of_password, localise, privacy_key
from agents.snmp.usm.message import AUTHENTICATED, PRIVATE, Message, Scoped, read_hidden, read_scoped
from agents.snmp.usm.privacy import Aes, Des, cipher
from agents.snmp.usm.protocols import AUTH, PRIVACY
from agents.snmp.usm.user import User
from agents.traps.refused import RefusedError

MAX_ENGINES: Final = 5_000
MIN_ID, MAX_ID = 5, 32  # RFC 3411 section 5, SnmpEngineID


@dataclass(slots=True)
class _Clock:
    """Boots and time as an engine has said them last, and when that was."""

    boots: int
    time: int
    heard: float

    def hear(self, boots: int, time: int, now: float) -> None:
        """RFC 3414 section 3.2, step 7b. Raises RefusedError: it is too old, maybe sent again by somebody."""
        if boots == MAX_NUMBER:
            raise RefusedError("time_window", "its engine has used up its boots")
        if boots > self.boots or (boots == self.boots and time > self.time):
            self.boots, self.time, self.heard = boots, time, now
            return
        behind = self.time + int(now - self.heard) - time
        if boots < self.boots or behind > TIME_WINDOW_S:
            said = f"boots {boots} after {self.boots}" if boots < self.boots else f"{behind} s behind"
            raise RefusedError("time_window", f"{said}: an old message, or a device that does not count its starts")


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """The keys of one user at one engine."""

    code: Authenticator
    cipher: Des | Aes | None

    def open(self, message: Message) -> Scoped:
        """Return what a message holds. Raises RefusedError, when it is not of who has these keys, or holds nothing."""
        if not self.code.is_authentic(message.data, message.code_at, message.code_end):
            raise RefusedError("auth", "its authentication code is wrong: another password or protocol")
        try:
            if self.cipher is None:
                return read_scoped(message.data, message.at, padded=False)
            plain = self.cipher.decrypt(read_hidden(message), message.salt, message.boots, message.time)
            return read_scoped(plain, 0, padded=True)
        except (BadResponse, ValueError) as error:
            raise RefusedError("undecodable", f"it cannot be opened: {error}") from None


class Admitted(NamedTuple):
    """What a message holds; `is_ours`: it is addressed to our engine, as informs are, and its time is not judged."""

    scoped: Scoped
    is_ours: bool


class Engines:
    """Who may send in version 3, and what is known of whom."""

    def __init__(self, users: Mapping[str, User], own: bytes) -> None:
        """`users` are by the name of their credential; all have authentication. `own` is our engine id, to which
        informs are addressed."""
        self._users = {user.name: (name, user) for name, user in users.items()}
        self._own = own
        self._keys: dict[tuple[bytes, bytes], _Keys] = {}
        self._clocks: dict[bytes, _Clock] = {}

    def __len__(self) -> int:
        return len(self._clocks)

    def admit(self, message: Message, now: float) -> Admitted:
        """Let a message in, once it has proven to be its user's and of this time: `now`, in seconds, monotonic.

        Raises:
            RefusedError: it has not.
        """
        if message.user not in self._users:
            raise RefusedError("user", "a user that `traps.credentials` does not name")
        _, user = self._users[message.user]
        wanted = AUTHENTICATED | (PRIVATE if user.privacy else 0)
        if message.level != wanted:
            raise RefusedError("level", "another security level than that of its credential")
        key = message.engine_id, message.user
        known = self._keys.get(key)
        keys = known or _localised(message.engine_id, user)
        scoped = keys.open(message)
        if known is None and len(self._keys) >= MAX_ENGINES:
            raise RefusedError("engines", f"{MAX_ENGINES} engines are known already")
        if message.engine_id != self._own:  # ours is judged by whoever keeps our clock
            clock = self._clocks.setdefault(message.engine_id, _Clock(message.boots, message.time, now))
            clock.hear(message.boots, message.time, now)
        self._keys[key] = keys
        return Admitted(scoped, message.engine_id == self._own)


def _localised(engine_id: bytes, user: User) -> _Keys:
    if not MIN_ID <= len(engine_id) <= MAX_ID:
        raise RefusedError("undecodable", f"an engine id of {len(engine_id)} octets")
    assert user.auth is not None  # noqa: S101  # the configuration has no other users here
    auth = AUTH[user.auth]
    code = Authenticator(auth, localise(key_of_password(user.auth_password, auth.hash), engine_id, auth.hash))
    if not user.privacy:
        return _Keys(code, None)
    key = key_of_password(user.privacy_password, auth.hash)
    return _Keys(code, cipher(PRIVACY[user.privacy], privacy_key(PRIVACY[user.privacy], key, engine_id, auth.hash)))
