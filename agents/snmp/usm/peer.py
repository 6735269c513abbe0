"""One user at one engine: keys, cipher and clock, made once and used for every message between the two."""

from agents.snmp import names
from agents.snmp.ber import encode
from agents.snmp.errors import AuthError, BadResponse
from agents.snmp.usm import message
from agents.snmp.usm.auth import Authenticator
from agents.snmp.usm.engine import Engine
from agents.snmp.usm.keys import key_of_password, localise, privacy_key
from agents.snmp.usm.message import AUTHENTICATED, PRIVATE, Envelope, Message, Scoped, encode_scoped
from agents.snmp.usm.privacy import Aes, Des, cipher
from agents.snmp.usm.protocols import AUTH, PRIVACY
from agents.snmp.usm.user import User


class Peer:
    """Localises the keys when it is made."""

    def __init__(self, user: User, engine: Engine) -> None:
        self.engine = engine
        self._user = user
        self._authenticator: Authenticator | None = None
        self._cipher: Des | Aes | None = None
        if user.auth:
            auth = AUTH[user.auth]
            key = key_of_password(user.auth_password, auth.hash)
            self._authenticator = Authenticator(auth, localise(key, engine.id, auth.hash))
            if user.privacy:
                privacy = PRIVACY[user.privacy]
                key = key_of_password(user.privacy_password, auth.hash)
                self._cipher = cipher(privacy, privacy_key(privacy, key, engine.id, auth.hash))
        self.level = (AUTHENTICATED if user.auth else 0) | (PRIVATE if user.privacy else 0)
        codes = self._authenticator.octets if self._authenticator else 0
        self._envelope = Envelope(self.level, engine.id, user.name, codes)

    def seal(self, number: int, pdu: bytes, now: float) -> bytes:
        """Return the datagram of a PDU. Raises ValueError when it does not fit into one."""
        boots, time = self.engine.clock(now)
        salt, content = b"", encode_scoped(self.engine.id, self._user.context, pdu)
        if self._cipher:
            salt, secret = self._cipher.encrypt(content, boots, time)
            content = encode(names.OCTET_STRING, secret)
        packet, at = self._envelope.close(number, boots, time, salt, content)
        return self._authenticator.sign(packet, at) if self._authenticator else packet

    def open(self, received: Message, now: float) -> Scoped:
        """Return what an authenticated message holds, once it has proven to be of this engine, for this user and of
        this time (RFC 3414 section 3.2). Raises AuthError and BadResponse."""
        if not self.is_from(received) or not self._authenticator:
            raise AuthError("the reply is of another engine, for another user or of another security level")
        if not self._authenticator.is_authentic(received.data, received.code_at, received.code_end):
            raise AuthError("the reply is not authentic: it was changed on the way, or is another's")
        self.engine.hear(received.boots, received.time, now)
        if not received.level & PRIVATE:
            return message.read_scoped(received.data, received.at, padded=False)
        return message.read_scoped(self._decrypt(received), 0, padded=True)

    def is_from(self, received: Message) -> bool:
        """Whether a message says that it is of this engine and for this user."""
        return received.engine_id == self.engine.id and received.user == self._user.name

    def is_about(self, scoped: Scoped) -> bool:
        """Whether a PDU is about what this user asks for (RFC 3412 section 7.2, step 13)."""
        return scoped.engine_id == self.engine.id and scoped.context == self._user.context

    def _decrypt(self, received: Message) -> bytes:
        hidden = message.read_hidden(received)
        if not self._cipher:
            raise AuthError("the reply is encrypted and the question was not")
        try:
            plain = self._cipher.decrypt(hidden, received.salt, received.boots, received.time)
        except ValueError as error:
            raise BadResponse(f"the reply cannot be decrypted: {error}") from None
        if plain[:1] != b"\x30":
            raise AuthError("the decrypted reply makes no sense: check `privacy` and `privacy_password`")
        return plain
