"""A subscriber's own server to test against: keeps what it was sent, answers as it is told."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Answers in turn with ``answers``, then always 200. A challenge is answered with its value
    while ``echoes``. ``context`` makes it speak TLS.
    """

    def __init__(self, context=None):
        self.answers, self.seen, self.names = [], [], []
        self.echoes, self.waits, self.body = True, 0.0, b""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((dict(self.headers), body))
                time.sleep(receiver.waits)
                said = json.loads(body).get("challenge", {}).get("challenge", "")
                text = said.encode() if said and receiver.echoes else receiver.body
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # whoever called has hung up

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        if context is not None:
            context.sni_callback = lambda _sock, name, _context: self.names.append(name)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://localhost:{self.port}/hook"

    def told(self, kind="change"):
        """The bodies of one kind, in the order in which they came."""
        bodies = [json.loads(body) for _, body in self.seen]
        return [one for one in bodies if one["type"] == kind]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
