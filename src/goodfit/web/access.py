# SPDX-License-Identifier: Apache-2.0
"""Who may see the page: programs of this machine; from elsewhere, whoever has the token that was printed.

A page of somebody else, open in the same browser, cannot read this one: the name that it was asked by must be one of
this machine (a name that was pointed here from outside is refused), and no other origin is let in.
"""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

TOKEN_BYTES = 24  # 192 random bits

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The report carries its style and script inside; sandboxed it has an origin of its own, and may ask nobody for anything.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must bring.

    Args:
        host: the address that is listened on.
        token: made up where other machines reach it.
    """

    host: str
    token: str = field(default="", repr=False)

    @classmethod
    def to(cls, host: str) -> "Access":
        """Free for this machine, by a fresh token for any other address."""
        return cls(host, "" if is_loopback(host) else secrets.token_urlsafe(TOKEN_BYTES))

    def is_known_name(self, named: str) -> bool:
        """Whether the name that this server was asked by can be its own; with a token, the token decides."""
        if self.token:
            return True
        try:
            name = urlsplit(f"//{named}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name)

    def is_token(self, given: str) -> bool:
        """Compare in a time that does not tell how much of it is right."""
        return not self.token or hmac.compare_digest(given.encode(), self.token.encode())

    def token_in(self, query: str) -> str:
        """The token of an address; empty without one."""
        return parse_qs(query, max_num_fields=20).get("token", [""])[0]
