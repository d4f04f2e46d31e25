"""The portal's own settings, with the floors' addresses beside the portal's, and without what looks
over the shoulder of tests.
"""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, MIDDLEWARE

ROOT_URLCONF = "bench.floors.lists"
INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith("zeal")]
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("zeal.")]
