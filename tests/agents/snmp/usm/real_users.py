"""The users of `users`, in the words of net-snmp."""

from agents.snmp.usm.users import every_user
from servers.snmpd import V3User

from agents.snmp.usm.protocols import AuthName, PrivacyName
from agents.snmp.usm.user import User

_AUTH: dict[AuthName, str] = {
    "md5": "MD5",
    "sha1": "SHA",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}
_PRIVACY: dict[PrivacyName, str] = {
    "des": "DES",
    "aes128": "AES",
    "aes192": "AES-192",
    "aes256": "AES-256",
    "aes192c": "AES-192-C",
    "aes256c": "AES-256-C",
}


def real(user: User) -> V3User:
    """The same user for snmpd."""
    return V3User(
        user.name.decode(),
        _AUTH[user.auth] if user.auth else "",
        user.auth_password.decode(),
        _PRIVACY[user.privacy] if user.privacy else "",
        user.privacy_password.decode(),
    )


REAL_USERS = [real(user) for user in every_user()]
