"""A mail server to send to: takes every letter and keeps its Message-ID."""

import contextlib
import socketserver
import threading
from email.parser import BytesHeaderParser


class Post:
    """Listens on a port of its own; ``arrived`` has one Message-ID a letter, in order."""

    def __init__(self):
        self.arrived = []
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(ConnectionError):  # the sender was killed
                    self.talk()

            def talk(self):
                self.say("220 post")
                while line := self.rfile.readline().strip().upper():
                    if line == b"DATA":
                        self.say("354 go on")
                        post._take(self.letter())
                    self.say("221 bye" if line == b"QUIT" else "250 ok")
                    if line == b"QUIT":
                        break

            def letter(self):
                lines = iter(self.rfile.readline, b".\r\n")
                return b"".join(lines)

            def say(self, words):
                self.wfile.write(f"{words}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def _take(self, text):
        self.arrived.append(BytesHeaderParser().parsebytes(text)["Message-ID"])

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
