"""The portal's own settings, with the floors' addresses beside the portal's."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.floors.lists"
