import os
import sys

import django
import time_machine
from django.core.management import call_command


def main():
    port, folder, callback = sys.argv[1:]
    if clock := os.environ.get("CLOCK"):
        time_machine.travel(clock, tick=True).start()
    os.environ["PROVIDER_FOLDER"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.provider.settings"
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    enrol(callback)
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, verbosity=0)


def enrol(callback):
    from allauth.idp.oidc.models import Client  # noqa: PLC0415 - after setup

    from tests.provider.faults import SECRET  # noqa: PLC0415

    client = Client(id="portal", name="portal", redirect_uris=callback, skip_consent=True)
    client.set_secret(SECRET)
    client.save()


main()
