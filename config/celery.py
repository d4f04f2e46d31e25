"""The Celery application and its schedule.

Every task is a sweep over the database that may run twice or late: the broker only makes things
prompt, so a lost or doubled message changes nothing.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portal", task_cls="config.numbering:NumberedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["config"])
app.conf.beat_schedule = {
    # Soon after midnight in Shanghai and every hour after: a missed night is made up the same day.
    "night": {"task": "config.tasks.night", "schedule": crontab(minute="5")},
    # One that waited a minute for a worker has been overtaken by the next.
    "deliver": {"task": "config.tasks.deliver", "schedule": 60.0, "options": {"expires": 55}},
    "push": {"task": "config.tasks.push", "schedule": 20.0, "options": {"expires": 15}},
    "export": {"task": "config.tasks.export", "schedule": 20.0, "options": {"expires": 15}},
    "issue": {"task": "config.tasks.issue", "schedule": 10.0, "options": {"expires": 9}},
    "work": {"task": "config.tasks.work", "schedule": 10.0, "options": {"expires": 9}},
    "tidy": {"task": "config.tasks.tidy", "schedule": crontab(hour="3", minute="30")},
}
