"""What every test stands on: private upload folders, and no count left from the test before."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _own_ground(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
