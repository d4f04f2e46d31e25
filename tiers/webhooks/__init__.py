"""Changes of the public register pushed to addresses that people name (变更推送): keeping the
addresses, putting changes into the queue, handing them over.
"""

from tiers.webhooks.keeping import MOST, add, delete, pause, resume, send_again, send_test
from tiers.webhooks.pushing import deliver
from tiers.webhooks.queueing import KEEP, forget, queue
from tiers.webhooks.writing import PURPOSE, Letter, letter

__all__ = [
    "KEEP",
    "MOST",
    "PURPOSE",
    "Letter",
    "add",
    "delete",
    "deliver",
    "forget",
    "letter",
    "pause",
    "queue",
    "resume",
    "send_again",
    "send_test",
]
