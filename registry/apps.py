"""The registry app: who and where: enterprises, factories, authorities, people, and the trail of
their acts.
"""

from django.apps import AppConfig
from django.core import checks

from registry.gateways import check_gateways
from registry.keyfiles import check_keyfiles
from registry.policy import check_policies


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "主体与辖区"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(check_policies)
        checks.register(check_gateways)
        checks.register(check_keyfiles)
