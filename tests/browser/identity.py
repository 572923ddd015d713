"""A small identity provider (OpenID Connect Core 1.0, authorization code flow) for tests, on 127.0.0.1."""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "vae-lab", "a secret of the two servers"
VERIFIED, UNVERIFIED = {"email_verified": True}, {"email_verified": False}
# Who may choose to sign in here, and what is said of them.
PEOPLE = {
    "ada": {"email": "ada@example.org", **VERIFIED},
    "eve": {"email": "eve@example.org", **VERIFIED},
    "unverified": {"email": "ada@example.org", **UNVERIFIED},
    # Says that she is Ada, in a token that somebody else has signed.
    "forged": {"email": "ada@example.org", **VERIFIED},
}


class Provider:
    """The provider, from its making to `close`.

    Attributes:
        url: its issuer's address.
        signed_out: the tokens of those who have signed out.
    """

    def __init__(self):
        self.key, self.wrong_key = (RSAKey.generate_key(2048, {"kid": "tests", "use": "sig"}) for _ in range(2))
        self.codes: dict[str, dict[str, str]] = {}
        self.signed_out: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops answering."""
        self.server.shutdown()
        self.server.server_close()

    def secrets(self, app: str) -> str:
        """What Streamlit's secrets must hold so that the app at this address uses the provider."""
        lines = {
            "redirect_uri": f"{app}/oauth2callback",
            "cookie_secret": secrets.token_hex(32),
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "server_metadata_url": f"{self.url}/.well-known/openid-configuration",
        }
        return "\n".join(["[auth]", *(f"{name} = {json.dumps(value)}" for name, value in lines.items())])

    def discovery(self) -> dict[str, Any]:
        """The metadata, see OpenID Connect Discovery 1.0."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """A page that asks who the visitor is."""
        assert asked["client_id"] == CLIENT_ID and asked["response_type"] == "code"
        assert {"openid", "email"} <= set(asked["scope"].split()) and asked["code_challenge_method"] == "S256"
        links = []
        for person in PEOPLE:
            code = secrets.token_urlsafe()
            self.codes[code] = {**asked, "person": person}
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            links.append(f'<p><a href="{html.escape(back)}">{person}</a></p>')
        return f"<!doctype html><link rel='icon' href='data:,'><title>Who are you?</title>{''.join(links)}"

    def token(self, asked: dict[str, str], authorization: str) -> dict[str, Any]:
        """The token for a code, which counts once."""
        told = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        assert told == f"{CLIENT_ID}:{CLIENT_SECRET}" and asked["grant_type"] == "authorization_code"
        given = self.codes.pop(asked["code"])
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == given["code_challenge"]
        assert asked["redirect_uri"] == given["redirect_uri"]
        now, person = int(time.time()), given["person"]
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "sub": person, "iat": now, "exp": now + 3600,
            "nonce": given["nonce"], **PEOPLE[person],
        }  # fmt: skip
        key = self.wrong_key if person == "forged" else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "tests"}, claims, key)
        return {"id_token": signed, "access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 3600}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/.well-known/openid-configuration":
            self._answer("application/json", json.dumps(self.provider.discovery()))
        elif place.path == "/jwks":
            self._answer("application/json", json.dumps({"keys": [self.provider.key.as_dict(private=False)]}))
        elif place.path == "/authorize":
            self._answer("text/html", self.provider.authorize(asked))
        elif place.path == "/end":
            self.provider.signed_out.append(asked["id_token_hint"])
            self.send_response(302)
            self.send_header("Location", asked["post_logout_redirect_uri"])
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer("application/json", json.dumps(self.provider.token(asked, self.headers["Authorization"])))

    def _answer(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
