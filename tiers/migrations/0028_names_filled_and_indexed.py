from django.db import migrations

from registry import filling


def by_code(table, column):
    return filling.index(
        f"{table}_{column}_grams", table, f"USING gin (registry_code_grams({column}))"
    )


class Migration(migrations.Migration):
    atomic = False  # filled in chunks, indexed without a lock

    dependencies = [
        ("registry", "0019_names_filled_and_indexed"),
        ("tiers", "0027_names_to_search_by"),
    ]

    operations = [
        filling.fill("tiers", "Certification"),
        filling.index(
            "tiers_certification_names",
            "tiers_certification",
            "USING gin (registry_name_grams(search))",
        ),
        by_code("tiers_certification", "number"),
        by_code("tiers_certification", "printed_credit_code"),
        by_code("tiers_application", "number"),
    ]
