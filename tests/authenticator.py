"""An authenticator as people have it on their telephone, which shows each code to one sign-in only.

A step before and a step after now are good too, so that three sign-ins fit into half a minute.
"""

import time
from collections import defaultdict

from allauth.mfa.totp.internal import auth as totp

SECRET = "JBSWY3DPEHPK3PXP"
STEP = 30
_used = defaultdict(int)


def give(*people):
    """Set one up for each, as if he had done it himself."""
    for person in people:
        totp.TOTP.activate(person, SECRET)


def forget():
    """Another database knows of no code that was used."""
    _used.clear()


def code_at(moment, secret=SECRET):
    return totp.format_hotp_value(totp.hotp_value(secret, int(moment) // STEP))


def code_for(username, secret=SECRET):
    """The next code of this person that has not been used; waits for it where it must."""
    step = max(int(time.time()) // STEP - 1, _used[username] + 1)
    while step > time.time() // STEP + 1:
        time.sleep(0.5)
    _used[username] = step
    return code_at(step * STEP, secret)
