"""Store long texts compressed, and find the notes of a day by an index."""

import django.utils.timezone
from django.db import migrations, models

import episodes.bases.compressed_fields
import episodes.bases.fields

# Rows fetched at once.
CHUNK = 100
COLUMNS = [("note", "text"), ("note", "parsed"), ("snapshot", "content"), ("section", "html")]


def copied(source, target):
    """Return the function of a RunPython step that copies each column. source, target: ends of the columns' names."""

    def step(apps, schema_editor):
        connection = schema_editor.connection
        for model_name, name in COLUMNS:
            model = apps.get_model("episodes", model_name)
            field = model._meta.get_field(name + target)
            table, column, pk = map(connection.ops.quote_name, (model._meta.db_table, field.column, "id"))
            rows = model._base_manager.using(connection.alias).order_by("pk")
            last = 0
            # By key, not with a cursor that stays open: SQLite would read what is being written.
            while chunk := list(rows.filter(pk__gt=last).values_list(name + source, "pk")[:CHUNK]):
                with connection.cursor() as cursor:
                    # Not get_db_prep_save: a JSON column that cannot be NULL holds the null of a version
                    # without content.
                    changes = [(field.get_db_prep_value(value, connection), key) for value, key in chunk]
                    cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {pk} = %s", changes)
                last = chunk[-1][1]
        if connection.vendor == "postgresql":
            # A row changed twice waits for its foreign keys, and its table cannot be altered before.
            connection.check_constraints()

    return step


class Migration(migrations.Migration):

    dependencies = [
        ('episodes', '0011_site_revision_and_stored_pages'),
    ]

    operations = [
        migrations.AlterField(
            model_name="note",
            name="imported_at",
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name="imported at"),
        ),
        # With defaults, so that the migration can be undone: the columns are added again then.
        migrations.AlterField("note", "text", models.TextField(default="")),
        migrations.AlterField("section", "html", models.TextField(blank=True, default="", editable=False)),
        migrations.RenameField("note", "text", "text_plain"),
        migrations.RenameField("note", "parsed", "parsed_plain"),
        migrations.RenameField("snapshot", "content", "content_plain"),
        migrations.RenameField("section", "html", "html_plain"),
        migrations.AddField(
            model_name="note",
            name="text",
            field=episodes.bases.compressed_fields.CompressedTextField(default="", help_text="The full text of the file.", verbose_name="text"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="note",
            name="parsed",
            field=episodes.bases.compressed_fields.CompressedJSONField(default=dict, help_text="Parsed values and their positions, in code points.", verbose_name="parsed"),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="content",
            field=episodes.bases.compressed_fields.CompressedJSONField(default=dict, level=9, null=True, verbose_name="content"),
        ),
        migrations.AddField(
            model_name="section",
            name="html",
            field=episodes.bases.compressed_fields.CompressedTextField(blank=True, default="", editable=False),
            preserve_default=False,
        ),
        migrations.RunPython(copied("_plain", ""), copied("", "_plain")),
        migrations.RemoveField("note", "text_plain"),
        migrations.RemoveField("note", "parsed_plain"),
        migrations.RemoveField("snapshot", "content_plain"),
        migrations.RemoveField("section", "html_plain"),
    ]
