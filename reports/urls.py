"""Addresses of the reports app."""

from django.urls import URLPattern, URLResolver, path

from reports import views

app_name = "reports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("home/", views.home, name="home"),
    path("reports/returns/", views.returned, name="returned"),
]
