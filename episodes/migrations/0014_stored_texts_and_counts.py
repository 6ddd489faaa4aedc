

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('episodes', '0013_search'),
        ('people', '0003_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedEpisode',
            fields=[
                ('episode', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='counted', serialize=False, to='episodes.episode')),
                ('changed_at', models.DateTimeField()),
                ('counts', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='CountState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('episodes', models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='PublicCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list', models.CharField(max_length=10)),
                ('field', models.CharField(max_length=10)),
                ('value', models.CharField(max_length=300)),
                ('count', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='StoredTexts',
            fields=[
                ('episode', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='stored_texts', serialize=False, to='episodes.episode')),
                ('digest', models.CharField(max_length=40)),
                ('line', models.TextField(blank=True)),
                ('texts', models.JSONField(default=dict)),
            ],
        ),
        migrations.AddIndex(
            model_name='episode',
            index=models.Index(fields=['status', 'changed_at'], name='episode_changed'),
        ),
        migrations.AddIndex(
            model_name='episode',
            index=models.Index(fields=['-published_at', '-id'], name='episode_newest'),
        ),
        migrations.AddIndex(
            model_name='episode',
            index=models.Index(fields=['series', '-aired_on', '-id'], name='episode_series'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(fields=['due_on'], name='prediction_due'),
        ),
        migrations.AddField(
            model_name='publiccount',
            name='entity',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='public_counts', to='people.entity'),
        ),
        migrations.AddField(
            model_name='publiccount',
            name='speaker',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='public_counts', to='people.speaker'),
        ),
        migrations.AddField(
            model_name='publiccount',
            name='tag',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='public_counts', to='episodes.tag'),
        ),
        migrations.AddIndex(
            model_name='publiccount',
            index=models.Index(models.F('list'), models.F('field'), models.OrderBy(models.F('count'), descending=True), models.F('value'), name='public_count_most'),
        ),
        migrations.AddConstraint(
            model_name='publiccount',
            constraint=models.UniqueConstraint(fields=('list', 'field', 'value'), name='public_count_once'),
        ),
    ]
