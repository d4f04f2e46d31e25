"""The tiers app: from application to title: workflow, filing, titles and their dates."""

from django.apps import AppConfig


class TiersConfig(AppConfig):
    name = "tiers"
    verbose_name = "申报与认定"
    default_auto_field = "django.db.models.BigAutoField"
