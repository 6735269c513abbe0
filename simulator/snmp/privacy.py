"""CFB128-AES-128 (RFC 3826)."""

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

SALT_OCTETS = 8


def encrypt(plain: bytes, key: bytes, boots: int, time: int, salt: bytes) -> bytes:
    """Return what is sent (section 3.1.3)."""
    encryptor = Cipher(AES(key), CFB(_start(boots, time, salt))).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def decrypt(secret: bytes, key: bytes, boots: int, time: int, salt: bytes) -> bytes:
    """Return what was encrypted, or, with another key, octets without sense (section 3.1.4)."""
    decryptor = Cipher(AES(key), CFB(_start(boots, time, salt))).decryptor()
    return decryptor.update(secret) + decryptor.finalize()


def _start(boots: int, time: int, salt: bytes) -> bytes:
    return boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
