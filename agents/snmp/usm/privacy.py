"""Ciphers: CBC-DES (RFC 3414 section 8) and CFB128-AES (RFC 3826, and the drafts for longer keys)."""

import os
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from agents.snmp.usm.protocols import PrivacyProtocol

SALT_OCTETS: Final = 8
_BLOCK: Final = 8


class Des:
    """Single DES; the second half of the key is what salts are mixed into."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = TripleDES(key[:8] * 3)  # three equal keys are single DES, which no library offers any more
        self._mix = int.from_bytes(key[8:16], "big")
        self._count = int.from_bytes(os.urandom(4), "big")

    def encrypt(self, plain: bytes, boots: int, _time: int) -> tuple[bytes, bytes]:
        """Return the salt and what is sent. The salt is boots and a counter from a random start (section 8.1.1.1)."""
        self._count = (self._count + 1) & 0xFFFF_FFFF
        salt = boots.to_bytes(4, "big") + self._count.to_bytes(4, "big")
        encryptor = Cipher(self._algorithm, CBC(self._start(salt))).encryptor()
        return salt, encryptor.update(plain + bytes(-len(plain) % _BLOCK)) + encryptor.finalize()

    def decrypt(self, secret: bytes, salt: bytes, _boots: int, _time: int) -> bytes:
        """Return what was encrypted, with its padding. Raises ValueError on what is not whole blocks, or no salt."""
        if len(secret) % _BLOCK or len(salt) != SALT_OCTETS:
            raise ValueError(f"{len(secret)} octets with a salt of {len(salt)} are not of DES")
        decryptor = Cipher(self._algorithm, CBC(self._start(salt))).decryptor()
        return decryptor.update(secret) + decryptor.finalize()

    def _start(self, salt: bytes) -> bytes:
        return (int.from_bytes(salt, "big") ^ self._mix).to_bytes(8, "big")


class Aes:
    """AES with a key of 16, 24 or 32 octets."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = AES(key)
        self._count = int.from_bytes(os.urandom(8), "big")

    def encrypt(self, plain: bytes, boots: int, time: int) -> tuple[bytes, bytes]:
        """Return the salt and what is sent. The salt is a counter from a random start (RFC 3826 section 3.1.2.1)."""
        self._count = (self._count + 1) & 0xFFFF_FFFF_FFFF_FFFF
        salt = self._count.to_bytes(8, "big")
        encryptor = Cipher(self._algorithm, CFB(_aes_start(boots, time, salt))).encryptor()
        return salt, encryptor.update(plain) + encryptor.finalize()

    def decrypt(self, secret: bytes, salt: bytes, boots: int, time: int) -> bytes:
        """Return what was encrypted. Raises ValueError without a salt of 8 octets."""
        if len(salt) != SALT_OCTETS:
            raise ValueError(f"a salt of {len(salt)} octets is not of AES")
        decryptor = Cipher(self._algorithm, CFB(_aes_start(boots, time, salt))).decryptor()
        return decryptor.update(secret) + decryptor.finalize()


def cipher(protocol: PrivacyProtocol, key: bytes) -> Des | Aes:
    """Return the cipher of a localised key of the protocol's length."""
    return Des(key) if protocol.cipher == "des" else Aes(key)


def _aes_start(boots: int, time: int, salt: bytes) -> bytes:
    return (boots << 32 | time).to_bytes(8, "big") + salt
