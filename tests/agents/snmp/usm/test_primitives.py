"""Authentication codes and ciphers by themselves."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.snmp.usm.auth import Authenticator
from agents.snmp.usm.privacy import Aes, Des, cipher
from agents.snmp.usm.protocols import AUTH, PRIVACY, AuthName, PrivacyName

KEY = bytes(range(64))
NUMBERS = st.integers(0, 2**31 - 1)


@pytest.mark.parametrize(
    ("name", "octets"), [("md5", 12), ("sha1", 12), ("sha224", 16), ("sha256", 24), ("sha384", 32), ("sha512", 48)]
)
def test_the_code_is_the_beginning_of_the_hmac_of_the_message_with_zeros_in_its_place(
    name: AuthName, octets: int
) -> None:
    message = b"before" + bytes(octets) + b"after"
    signed = Authenticator(AUTH[name], KEY).sign(message, 6)
    code = hmac.digest(KEY, message, getattr(hashlib, name))[:octets]
    assert signed == b"before" + code + b"after"


@pytest.mark.parametrize("name", AUTH)
def test_a_message_is_authentic_only_if_every_octet_is_as_it_was(name: AuthName) -> None:
    authenticator = Authenticator(AUTH[name], KEY)
    octets = AUTH[name].octets
    signed = authenticator.sign(b"before" + bytes(octets) + b"after", 6)
    assert authenticator.is_authentic(signed, 6, 6 + octets)
    for at in range(len(signed)):
        changed = bytearray(signed)
        changed[at] ^= 1 << (at % 8)
        assert not authenticator.is_authentic(bytes(changed), 6, 6 + octets)
    for end in (6, 6 + octets - 1, 6 + octets + 1):
        assert not authenticator.is_authentic(signed, 6, end)
    assert not Authenticator(AUTH[name], KEY[1:]).is_authentic(signed, 6, 6 + octets)


@pytest.mark.parametrize("name", PRIVACY)
@given(plain=st.binary(max_size=200), boots=NUMBERS, time=NUMBERS)
def test_what_is_encrypted_is_decrypted_with_the_same_key_boots_and_time(
    name: PrivacyName, plain: bytes, boots: int, time: int
) -> None:
    ours, theirs = (cipher(PRIVACY[name], KEY[: PRIVACY[name].key_octets]) for _ in range(2))
    salt, secret = ours.encrypt(plain, boots, time)
    found = theirs.decrypt(secret, salt, boots, time)
    assert (found[: len(plain)], found[len(plain) :].strip(b"\0")) == (plain, b"")
    assert len(found) - len(plain) in (range(8) if name == "des" else (0,))


@pytest.mark.parametrize("name", PRIVACY)
def test_no_salt_is_used_twice_not_even_by_a_process_that_starts_anew(name: PrivacyName) -> None:
    ciphers = [cipher(PRIVACY[name], KEY[: PRIVACY[name].key_octets]) for _ in range(4)]
    sent = [one.encrypt(b"the same question", 5, 1000) for one in ciphers for _ in range(100)]
    assert len({salt for salt, _ in sent}) == len({secret for _, secret in sent}) == 400


def test_the_salts_of_des_begin_with_the_boots_and_count_on_beyond_their_end() -> None:
    des = Des(KEY[:16])
    des._count = 0xFFFF_FFFE
    salts = [des.encrypt(b"", 5, 0)[0].hex() for _ in range(3)]
    assert salts == ["00000005ffffffff", "0000000500000000", "0000000500000001"]


def test_the_salts_of_aes_count_on_beyond_their_end() -> None:
    aes = Aes(KEY[:16])
    aes._count = 0xFFFF_FFFF_FFFF_FFFE
    assert [aes.encrypt(b"", 5, 0)[0].hex() for _ in range(2)] == ["ff" * 8, "00" * 8]


@pytest.mark.parametrize(
    ("name", "secret", "salt"), [("des", 15, 8), ("des", 16, 7), ("des", 16, 0), ("aes128", 15, 0), ("aes256", 15, 9)]
)
def test_what_no_cipher_can_have_made_is_refused(name: PrivacyName, secret: int, salt: int) -> None:
    with pytest.raises(ValueError, match=r"is not of AES|are not of DES"):
        cipher(PRIVACY[name], KEY[: PRIVACY[name].key_octets]).decrypt(bytes(secret), bytes(salt), 1, 1)
