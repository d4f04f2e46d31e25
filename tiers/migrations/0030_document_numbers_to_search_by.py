import registry.names
from django.db import migrations

from registry import filling


class Migration(migrations.Migration):
    atomic = False  # filled in chunks

    dependencies = [
        ("tiers", "0029_titles_say_what_they_cover"),
    ]

    operations = [
        migrations.AlterField(
            model_name="certification",
            name="search",
            field=registry.names.SearchField(
                sources=(
                    "printed_factory",
                    "printed_enterprise",
                    "document_no",
                    "ending_document_no",
                ),
                verbose_name="检索键",
            ),
        ),
        filling.fill("tiers", "Certification", again=True),
    ]
