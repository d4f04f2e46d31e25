"""The assessments app: how good a factory is in its own words, measured against an edition of the standard."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "自评"
    default_auto_field = "django.db.models.BigAutoField"
