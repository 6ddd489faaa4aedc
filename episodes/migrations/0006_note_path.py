from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_sources(apps: Any, schema_editor: Any) -> None:
    """Give stored notes the recording their episode was imported with: that is what their text named then."""
    note, episode = apps.get_model("episodes", "Note"), apps.get_model("episodes", "Episode")
    of = episode.objects.filter(pk=OuterRef("episode"))
    named = note.objects.exclude(episode__source_id__startswith="note:")
    named.update(source_id=Subquery(of.values("source_id")[:1]))


class Migration(migrations.Migration):
    dependencies = [("episodes", "0005_what_is_seen")]

    operations = [
        migrations.AlterField(
            "note",
            "name",
            models.CharField(
                "name", max_length=500, db_index=True, help_text="The file's path below the imported folder."
            ),
        ),
        migrations.AddField(
            "note",
            "source_id",
            models.CharField(
                "source id",
                max_length=300,
                blank=True,
                default="",
                help_text="The recording this text names, if it names one.",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            "note",
            "state",
            models.CharField(
                "state",
                max_length=10,
                default="current",
                choices=[
                    ("current", "current"),
                    ("superseded", "superseded"),
                    ("waiting", "waiting"),
                    ("second", "second file of the same source"),
                    ("discarded", "discarded"),
                ],
            ),
        ),
        migrations.RunPython(name_sources, migrations.RunPython.noop, elidable=True),
    ]
