"""People who submit applications over HTTPS, each in a thread, as a browser would: the page, the
form, and after a failure the page again.
"""

import os
import random
import signal
import threading
import time
from http.client import HTTPException

from tests import build

PATIENCE = 120
DECLARED = {"declared": "on", "declared_by": "李经理"}


class Load:
    """Everybody submits his own cases; ``acknowledged`` are those whose receipt was promised."""

    def __init__(self, stack, drafts, *, pause=0.0):
        self.drafts = drafts
        self.pause = pause
        self.acknowledged = set()
        self.failed = 0
        self.errors = []
        self.people = {name: stack.https.sign_in(name, build.PASSWORD) for name in drafts}
        for person in self.people.values():
            person.patience = 30
        self.threads = [
            threading.Thread(target=self._work, args=(name, cases))
            for name, cases in drafts.items()
        ]

    @property
    def cases(self):
        return sorted(case for cases in self.drafts.values() for case in cases)

    @property
    def running(self):
        return any(thread.is_alive() for thread in self.threads)

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def join(self):
        for thread in self.threads:
            thread.join(PATIENCE + 20)
        assert self.errors == []
        return self

    def _work(self, name, cases):
        try:
            for case in cases:
                time.sleep(self.pause * random.uniform(0.5, 1.5))
                self._submit(self.people[name], case)
        except Exception as error:  # told by join, in the test's own thread
            self.errors.append(f"{name}: {error!r}")

    def _submit(self, person, case):
        """Until the portal says that it has it."""
        deadline = time.monotonic() + PATIENCE
        while not self._tried(person, case):
            self.failed += 1
            assert time.monotonic() < deadline, f"case {case} could not be submitted"
            time.sleep(0.3)
        self.acknowledged.add(case)

    def _tried(self, person, case):
        path = f"/applications/{case}/check/"
        try:
            answer = person.get(path)
            if answer.status == 200:
                answer = person.post(path, DECLARED)
        except (OSError, HTTPException):
            return False
        if answer.status == 302:
            assert answer.headers["Location"] == f"/applications/{case}/receipt/"
            return True
        assert answer.status >= 500, answer.text[:2000]
        return False


def strike(pids):
    """``kill -9``; how many were still there to be hit."""
    hit = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            hit += 1
        except ProcessLookupError:
            continue
    return hit
