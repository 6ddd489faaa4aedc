from django.db import migrations, models
from django.db.models import OuterRef, Subquery

KINDS = (
    "episode", "appearance", "section", "chapter", "quote", "prediction", "observation", "takeaway", "mention",
)  # fmt: skip


def name_the_originals(apps, schema_editor):
    """Decisions in working copies that are not published yet: the rows still say what they stand for."""
    using = schema_editor.connection.alias
    decisions = apps.get_model("episodes", "Decision").objects.using(using)
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    for name in KINDS:
        found = types.filter(app_label="episodes", model=name).first()
        rows = apps.get_model("episodes", name).objects.using(using).filter(revises__isnull=False).order_by()
        if found is not None and rows.exists():
            original = rows.filter(pk=OuterRef("target_id")).values("revises_id")[:1]
            of_copies = decisions.filter(target_type=found, target_id__in=rows.values("pk"))
            of_copies.update(original_id=Subquery(original))


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("episodes", "0007_request_count"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="original_id",
            field=models.PositiveBigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["target_type", "original_id"], name="episodes_de_target__a6e3b8_idx"),
        ),
        migrations.AlterField(
            model_name="decision",
            name="target_type",
            field=models.ForeignKey(
                on_delete=models.deletion.PROTECT,
                related_name="+",
                to="contenttypes.contenttype",
                verbose_name="about",
            ),
        ),
        migrations.AlterField(
            model_name="taggedepisode",
            name="tag",
            field=models.ForeignKey(
                on_delete=models.deletion.CASCADE, related_name="tagged", to="episodes.tag", verbose_name="tag"
            ),
        ),
        migrations.RunPython(name_the_originals, migrations.RunPython.noop),
    ]
