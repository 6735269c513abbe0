"""What the sample's devices answer to. Everybody can read it here: it guards nothing, and real networks need their own.

`CREDENTIAL` is a community of SNMPv2c; `CREDENTIAL_V3` a user of USM with SHA-256 and AES-128 (RFC 7860, RFC 3826).
"""

CREDENTIAL = "sample"
COMMUNITY = "public"
CREDENTIAL_V3 = "sample-v3"
USER = "mangrove"
AUTH_PASSWORD = "mangrove-sample-auth"  # noqa: S105  # made up, and published
PRIV_PASSWORD = "mangrove-sample-priv"  # noqa: S105
