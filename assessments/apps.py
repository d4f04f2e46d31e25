"""The assessments app: how good a factory is in its own words, measured by a standard."""

from django.apps import AppConfig
from django.core import checks

from assessments.standard import check_standards


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "自评"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(check_standards)
