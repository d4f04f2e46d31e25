"""Loaded by pytest before Django's settings are read: tests run in test mode."""

import os

os.environ["PORTAL_MODE"] = "test"
