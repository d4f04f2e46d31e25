"""A message says 事项, 结果, 下一步 and 期限 in columns of their own; old ones keep their text."""

from django.db import migrations, models

# By the beginning of a message's key: which event it told of, and of what.
EVENTS = {
    "claim": ("people.confirmed", "企业经办人"),
    "application": ("case.received", "申报办理"),
    "filing": ("desk.filing", "备案清单"),
    "derived": ("title.derived", "对应认定"),
    "honour-check": ("desk.honour", "对应认定"),
    "revoked": ("title.revoked", "认定终止"),
    "expired": ("title.expired", "认定到期"),
    "expiry": ("title.expiring", "认定到期提醒"),
}
# Without a key only these two were sent.
MOVED, CORRECTED = ("desk.move", "工厂迁址"), ("title.corrected", "认定更正")


def split(apps, schema_editor):
    rows = apps.get_model("registry", "Notification").objects
    for begins, (event, matter) in EVENTS.items():
        rows.filter(key__startswith=f"{begins}:").update(event=event, matter=matter)
    for marks, (event, matter) in {"迁址": MOVED, "更正": CORRECTED}.items():
        rows.filter(event="", result__contains=marks).update(event=event, matter=matter)
    rows.filter(event="").update(event="title.corrected", matter="办理通知")
    for ends, event in {
        ":send_back": "case.returned",
        ":reject": "case.rejected",
        ":complete": "title.issued",
    }.items():
        rows.filter(key__startswith="application:", key__contains=f"{ends}:").update(event=event)
    rows.filter(key__startswith="application:", key__contains=":desk:").update(event="desk.case")
    rows.filter(key__startswith="claim:", key__contains=":refused:").update(event="people.refused")
    rows.filter(event="people.confirmed").exclude(key__contains=":confirmed:").update(
        event="desk.claim"
    )
    rows.filter(key__startswith="filing:", key__contains=":acknowledged:").update(
        event="filing.acknowledged"
    )
    rows.filter(key__startswith="filing:", key__contains=":returned:").update(
        event="filing.returned"
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_departments_and_experts")]

    operations = [
        migrations.AddField(
            "notification", "event", models.CharField("事件", max_length=40, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "notification", "matter", models.CharField("事项", max_length=200, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "notification", "next_step",
            models.CharField("下一步", max_length=200, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "notification", "due_on", models.DateField("期限", null=True, blank=True)
        ),
        migrations.RenameField("notification", "text", "result"),
        migrations.AlterField(
            "notification", "result", models.CharField("结果", max_length=300)
        ),
        migrations.RunPython(split, migrations.RunPython.noop),
    ]
