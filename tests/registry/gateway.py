"""An SMS gateway to test against: a real HTTP server that answers as it is told and keeps what it
took.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CUT = 0  # hang up without an answer


class Gateway:
    """Answers in turn with ``answers``, then always 200. ``seen`` has every request, ``taken`` the
    bodies it accepted, once per idempotency key.
    """

    def __init__(self):
        self.answers: list[int] = []
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.taken: dict[str, dict] = {}
        self.on_request: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = gateway._receive(dict(self.headers), body)
                gateway.on_request()
                if status == CUT:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/send"

    def _receive(self, headers, body):
        with self._lock:
            self.seen.append((headers, body))
            status = self.answers.pop(0) if self.answers else 200
            if status == 200:
                self.taken.setdefault(headers["Idempotency-Key"], json.loads(body))
            return status

    @property
    def keys(self):
        return [headers["Idempotency-Key"] for headers, _ in self.seen]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
