from django.db import migrations

from registry import filling

NAMES = filling.FUNCTION.format(name="registry_name_grams", shortest=1, longest=2)
CODES = filling.FUNCTION.format(name="registry_code_grams", shortest=4, longest=4)


def by_name(table):
    return filling.index(f"{table}_names", table, "USING gin (registry_name_grams(search))")


class Migration(migrations.Migration):
    atomic = False  # filled in chunks, indexed without a lock

    dependencies = [("registry", "0018_names_to_search_by")]

    operations = [
        filling.fill("registry", "Enterprise"),
        filling.fill("registry", "EnterpriseName"),
        filling.fill("registry", "Factory"),
        filling.fill("registry", "PastFactory"),
        filling.on_postgresql(
            NAMES,
            CODES,
            undo=(
                "DROP FUNCTION IF EXISTS registry_name_grams(text)",
                "DROP FUNCTION IF EXISTS registry_code_grams(text)",
            ),
        ),
        by_name("registry_enterprise"),
        by_name("registry_enterprisename"),
        by_name("registry_factory"),
        by_name("registry_pastfactory"),
        filling.index(
            "registry_enterprise_codes",
            "registry_enterprise",
            "USING gin (registry_code_grams(credit_code))",
        ),
    ]
