"""Bulk adoption: the same preconditions and rows as single adoptions."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from episodes import derived, workflow
from episodes.bases.compressed_fields import packed
from episodes.models import Decision, Episode, Section, Snapshot
from episodes.rendering import sections
from episodes.rendering.page import stamped
from episodes.workflow import snapshots
from episodes.workflow.bulk_adoption import adopt_all
from tests import factories
from tests.episodes.importing.adoptions import WHY, draft, public

pytestmark = pytest.mark.django_db


def test_concurrently_changed_draft_is_refused_others_adopted():
    quicker, other = draft(), draft()
    seen = list(Episode.objects.order_by("pk"))
    workflow.transition(quicker, "in_review", factories.editor())
    moments = {episode.pk: timezone.now() for episode in seen}
    refused = adopt_all(seen, factories.publisher(), WHY, moments)
    assert set(refused) == {quicker.pk}
    assert public() == {other}
    assert Snapshot.objects.count() == 1


# --- equality with single adoptions


def written_by(episode: Episode) -> tuple:
    """Return all rows that an adoption writes, without keys, times of writing and acts."""
    row = Episode.objects.filter(pk=episode.pk).values().get()
    for name in ("id", "title", "slug", "source_url", "source_id", "created_at", "changed_at"):
        row.pop(name)
    decisions = Decision.objects.filter(episode=episode).values(
        "target_type", "field", "from_status", "to_status", "by", "reason", "version", "changes", "undoes"
    )
    (snapshot,) = Snapshot.objects.filter(episode=episode)
    assert snapshot.content is None
    content = snapshots.content_at(snapshot)
    for kept in [content["episode"], *(row for kind in content.values() if isinstance(kind, list) for row in kind)]:
        if isinstance(kept, dict):
            for name in ("key", "title", "slug", "source_url", "source_id", "speaker_id", "entity_id"):
                kept.pop(name, None)
    html = [text.replace(f"s{key}-", "s-") for key, text in episode.sections.values_list("pk", "html")]
    return row, list(decisions), (snapshot.number, snapshot.published_at, snapshot.by_id), content, html


def rich() -> Episode:
    made = draft("### A heading\n\nSome *words*.", summary="In short.", extra={"b": 1, "a": [2]}, projects=["p"])
    Section.objects.create(episode=made, kind="outline", text="```\nRoot\n├── One\n└── Two\n```", order=2)
    Section.objects.create(episode=made, text="No.", status="rejected", reject_code="trivial", order=3)
    factories.quote(made, status="draft", speaker=factories.speaker("Ada"))
    factories.mention(made, factories.entity("Engine"))
    for name in ("织机", "engines", "Looms"):
        factories.tag(made, name)
    return made


def test_bulk_adoption_equals_single_adoptions():
    single, first, second = rich(), rich(), rich()
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    workflow.transition(single, "published", factories.publisher(), WHY, adopts=True, published_at=moment)
    together = [Episode.objects.get(pk=episode.pk) for episode in (first, second)]
    assert adopt_all(together, factories.publisher(), f" {WHY} ", dict.fromkeys((first.pk, second.pk), moment)) == {}
    assert written_by(single) == written_by(first) == written_by(second)


@pytest.mark.parametrize(
    ("by", "reason", "days"),
    [(factories.editor, WHY, -1), (factories.publisher, " ", -1), (factories.publisher, WHY, 1)],
)
def test_bulk_adoption_refuses_like_single_adoption(by, reason, days):
    one, many, moment = draft(), draft(), timezone.now() + timedelta(days=days)
    with pytest.raises(workflow.Refused) as caught:
        workflow.transition(one, "published", by(), reason, adopts=True, published_at=moment)
    assert adopt_all([many], by(), reason, {many.pk: moment}) == {many.pk: caught.value.reasons}
    assert public() == set()
    assert not Snapshot.objects.exists()


def test_query_count_is_independent_of_batch_size(django_assert_num_queries):
    by, made = factories.publisher(), [rich() for _number in range(5)]
    moments = {episode.pk: timezone.now() for episode in made}
    assert by.has_perm("episodes.publish_episode")
    derived.store_passages_of([episode.pk for episode in made])
    derived.forget_all()
    # The first count is of the whole library.
    adopt_all(made[:1], by, WHY, moments)
    for batch in (made[1:2], made[2:]):
        # 49 queries: the episodes, their update, the decisions, the sections, their HTML, the numbers of earlier
        # snapshots, the snapshots, three for the passages, the short texts, the revision with the keys and the stored
        # pages, the counts; and a savepoint created and released.
        with django_assert_num_queries(49):
            adopt_all(batch, by, WHY, moments)


def test_prerendered_html_is_used_for_equal_text():
    made = draft("Some words.")
    section = made.sections.get()
    drawn = {(("body", section.pk, "Other words."),): [packed("<p>Other words.</p>")]}
    adopt_all([made], factories.publisher(), WHY, {made.pk: timezone.now()}, drawn)
    assert made.sections.get().html == stamped("<p>Some words.</p>")


def test_processes_render_like_single_one():
    wanted = [(("body", number, f"### Heading\n\nText *{number}*."), ("body", -number, "")) for number in range(3)]
    with sections.processes(1) as pool:
        assert sections.RenderJob(wanted, pool).result() == sections.RenderJob(wanted, None).result()
