"""A small real OpenID provider on this machine: real keys, real signatures, real HTTP."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from typing_extensions import override

CLIENT_ID = "motcua"
CLIENT_SECRET = "made-up"  # noqa: S105 - made up


class Provider:
    """What it says may be set by a test: `claims` over the usual ones, another `key`, `delay_s`."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.published = self.key
        self.address = ""
        self.reset()

    def reset(self) -> None:
        self.subject = "s-canbo1"
        self.claims: dict[str, Any] = {}
        self.signing: Any = self.key
        self.algorithm = "RS256"
        self.says_no = ""
        self.delay_s = 0.0
        self.granted: dict[str, dict[str, str]] = {}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to; nobody asks for a password here."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"] == "openid"
        if self.says_no:
            answer = {"error": self.says_no, "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.granted[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The ID token for a code, once, for whoever holds secret and verifier."""
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self.granted.pop(form.get("code", ""), None)
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _encoded(hashed)
        is_right = (
            asked is not None
            and authorization == f"Basic {credentials}"
            and asked["code_challenge"] == challenge
            and asked["redirect_uri"] == form.get("redirect_uri")
        )
        if asked is None or not is_right:
            return None
        now = int(time.time())  # noqa: TID251 - the provider has a clock of its own
        claims = {"iss": self.address, "aud": CLIENT_ID, "sub": self.subject, "iat": now,
                  "exp": now + 300, "nonce": asked["nonce"]} | self.claims  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "id_token": self.signed(kept),
        }

    def signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.algorithm, "kid": "k1"}
        if self.algorithm == "RS256":
            return jwt.encode(header, claims, self.signing)
        # No library makes these: without a signature, or with the public key as a shared secret.
        said = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        public = self.published.as_pem(private=False)
        made = hmac.digest(public, said.encode(), "sha256") if self.algorithm == "HS256" else b""
        return f"{said}.{_encoded(made)}"

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            # More than a cautious client takes.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, listening; `provider.address` is its issuer."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(provider.delay_s)
            address = urlsplit(self.path)
            if address.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(address.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.end_headers()
            elif address.path == "/jwks":
                self._json({"keys": [provider.published.as_dict(private=False)]})
            else:
                self._json(provider.metadata())

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            sent = parse_qs(self.rfile.read(length).decode())
            form = {name: values[0] for name, values in sent.items()}
            answer = provider.token(form, self.headers.get("Authorization", ""))
            self._json(answer or {"error": "invalid_grant"}, 200 if answer else 400)

        def _json(self, document: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test says what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()
