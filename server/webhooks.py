"""Posting a JSON document, signed, to an address that a branch has named.

The signature is that of the Standard Webhooks convention: HMAC-SHA256 over `id.timestamp.body`.
An address that leads into the own network is refused, unless the installation allows it: the
host is looked up once, and the connection goes to the very address that was looked at.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from typing_extensions import override

TIMEOUT_S: Final = 10.0
_SHORTEST_KEY: Final = 24
_ANSWER_READ: Final = 4_096


class WebhookFailed(Exception):
    """The receiver did not take it. `permanent` = trying again is of no use."""

    def __init__(self, why: str, *, permanent: bool = False) -> None:
        super().__init__(why)
        self.permanent = permanent


def keys_of(secret: str) -> list[bytes]:
    """The keys of the setting, the one in force first. Raises ValueError for one that is none."""
    keys: list[bytes] = []
    for part in secret.split():
        if not part.startswith("whsec_"):
            raise ValueError("must begin with whsec_")
        try:
            key = base64.b64decode(part.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ValueError("what follows whsec_ must be base64") from error
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"a key has at least {_SHORTEST_KEY} bytes")
        keys.append(key)
    return keys


def signed(keys: list[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows who sent this, and that it is no old one repeated."""
    content = f"{message_id}.{timestamp}.".encode() + body
    made = [base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in made),
    }


def post(url: str, body: bytes, headers: dict[str, str], *, allow_private: bool) -> None:
    """POST `body`; 2xx is success. Raises `WebhookFailed`. Redirections are not followed."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise WebhookFailed(f"not an address for webhooks: {url}", permanent=True)
    if parts.scheme == "http" and not allow_private:
        raise WebhookFailed("an address outside the own network must be https", permanent=True)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address_of(parts.hostname, port, allow_private=allow_private)
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = _PinnedTls(parts.hostname, port, address)
    else:
        connection = _Pinned(parts.hostname, port, address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    all_headers = {"Content-Type": "application/json", "User-Agent": "Motcua", **headers}
    try:
        connection.request("POST", path, body=body, headers=all_headers)
        answer = connection.getresponse()
        answer.read(_ANSWER_READ)
    except (OSError, http.client.HTTPException) as error:
        raise WebhookFailed(f"{parts.hostname}: {error}") from error
    finally:
        connection.close()
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        # The convention: who answers 410 wants no more of them.
        is_gone = answer.status == HTTPStatus.GONE
        raise WebhookFailed(f"{parts.hostname} answered {answer.status}", permanent=is_gone)


def is_public(address: str) -> bool:
    """Whether an IP address is of the internet: of no private, local, reserved or shared range."""
    found = ipaddress.ip_address(address)
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    teredo = getattr(found, "teredo", None)
    if inner is not None:
        found = inner
    return found.is_global and not found.is_multicast and teredo is None


def _address_of(host: str, port: int, *, allow_private: bool) -> str:
    """The first address of the host. One private among them is enough to refuse them all."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise WebhookFailed(f"{host} is not found: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(a.split("%")[0]) for a in addresses):
        raise WebhookFailed(f"{host} leads into the own network", permanent=True)
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, whatever the name leads to by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address = address

    @override
    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedTls(_Pinned):
    """The same with TLS, for the name."""

    @override
    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
