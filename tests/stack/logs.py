"""Reading what the services wrote, and waiting for what they have yet to write."""

import json
import time

WEBS = ("web-1", "web-2")


def until(question, patience=90):
    """The first answer that is worth something; fails if there is none in time."""
    deadline = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer


def lines(stack, *names):
    """A log as what it is: one JSON object a line. nginx's own complaints are in its own words."""
    return [
        json.loads(line)
        for name in names
        for line in stack.log(name).rpartition("\n")[0].splitlines()  # the last may be half there
        if line.startswith("{") or not name.startswith("nginx")
    ]


def line_of(stack, number, *names, event=None):
    """The line that a request left, which may come a moment after its answer."""

    def found():
        return [
            line
            for line in lines(stack, *names)
            if line.get("request_id") == number and line.get("event") == event
        ]

    return until(found)[0]
