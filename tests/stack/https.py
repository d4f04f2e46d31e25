"""A small browser without a screen: HTTPS to the stack under its name, with cookies and forms."""

import http.client
import re
import socket
import ssl
import uuid
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests import authenticator
from tests.stack.compose import HOST


class Answer:
    """Status, headers and text of one answer."""

    def __init__(self, answer):
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()

    @property
    def text(self):
        return self.body.decode()


class _Connection(http.client.HTTPSConnection):
    """Goes to this machine whatever the name says; the certificate must be the name's."""

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


class Https:
    """One person: keeps cookies between requests; follows no redirect."""

    def __init__(self, port, certificate, *, patience=60):
        self.port = port
        self.patience = patience
        self.context = ssl.create_default_context(cafile=certificate)
        self.cookies = {}

    def ask(self, method, path, body=None, headers=None):
        connection = _Connection(HOST, self.port, context=self.context, timeout=self.patience)
        carried = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": f"{HOST}:{self.port}", **({"Cookie": carried} if carried else {})}
        try:
            connection.request(method, path, body, sent | (headers or {}))
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, fields, headers=None):
        """Send a form with the token of the page it stands on."""
        body = urlencode({"csrfmiddlewaretoken": self._token, **fields}, doseq=True)
        return self._send(path, body.encode(), "application/x-www-form-urlencoded", headers)

    def upload(self, path, fields, name, content):
        """The same with a file."""
        border = uuid.uuid4().hex
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in {"csrfmiddlewaretoken": self._token, **fields}.items()
        ]
        disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        head = f"{''.join(parts)}--{border}\r\n{disposition}\r\n\r\n".encode()
        body = head + content + f"\r\n--{border}--\r\n".encode()
        return self._send(path, body, f"multipart/form-data; boundary={border}")

    @property
    def _token(self):
        return self.cookies.get("csrftoken", "")

    def _send(self, path, body, kind, headers=None):
        sent = {
            "Content-Type": kind,
            "Origin": f"https://{HOST}:{self.port}",
            "Referer": f"https://{HOST}:{self.port}{path}",
        }
        return self.ask("POST", path, body, sent | (headers or {}))

    def sign_in(self, username, password):
        self.get("/login/")
        answer = self.post("/login/", {"username": username, "password": password})
        if answer.status == 302 and answer.headers["Location"] == "/login/second-step/":
            answer = self.post("/login/second-step/", {"code": authenticator.code_for(username)})
        if answer.status != 302:
            raise PermissionError(re.sub(r"\s+", " ", answer.text)[:500])
        return self
