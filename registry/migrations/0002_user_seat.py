from django.db import migrations, models
from django.db.models import Q


def keep_what_they_could_do(apps, schema_editor):
    """Until now every confirmed person of a firm could do everything for it; nobody loses that."""
    User = apps.get_model("registry", "User")
    User.objects.filter(enterprise__isnull=False).update(seat="manager")


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="seat",
            field=models.CharField(
                choices=[("manager", "管理员"), ("editor", "经办人员"), ("reader", "查阅人员")],
                default="editor",
                max_length=8,
                verbose_name="席位",
            ),
        ),
        migrations.RunPython(keep_what_they_could_do, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=~Q(seat="manager") | Q(enterprise__isnull=False),
                name="user_manager_has_a_firm",
                violation_error_message="只有企业的人员能担任管理员",
            ),
        ),
    ]
