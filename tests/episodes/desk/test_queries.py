"""Query counts of lists and forms: independent of the number of rows, no long text in lists."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from episodes.desk.base import RecordAdmin
from episodes.models import Decision, Gloss, Note, Snapshot
from people.models import Alias
from tests import factories
from tests.episodes.desk.form_data import (
    change_page,
    fill,
    form_in,
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db

# Session and user; their permissions. Every page of the desk asks for these.
WHO = 2 + 1
OURS = [
    model
    for label in ("episodes", "people")
    for model in apps.get_app_config(label).get_models()
    if admin.site.is_registered(model)
]
# Columns with whole texts, files or reports.
LONG_COLUMNS = {
    "episodes_section": {"text", "html"},
    "episodes_note": {"text", "parsed"},
    "episodes_snapshot": {"content"},
    "episodes_episode": {"summary", "insight", "extra", "projects"},
    "people_speaker": {"bio"},
    "people_entity": {"summary"},
}


@pytest.fixture(params=[5, 50])
def episode(request):
    """Return an episode with five, then with fifty rows of every kind."""
    made = factories.episode(summary="s")
    fill(made, request.param)
    ContentType.objects.clear_cache()
    for model in OURS:
        ContentType.objects.get_for_model(model)
    return made


def test_the_form_of_an_episode(episode, django_assert_num_queries):
    client = signed_in(factories.editor())
    # Expect 14 beside those for the user: the episode, its tags, whether it ever was public, its current note, its open
    # findings, whether one works alone, the numbers of eight kinds of rows.
    with django_assert_num_queries(WHO + 14):
        page = client.get(change_page(episode))
    assert page.status_code == 200


def test_read_only_form(episode, django_assert_num_queries):
    client = signed_in(factories.publisher())
    # Expect 14 as above: read-only users see the same.
    with django_assert_num_queries(WHO + 14):
        assert client.get(change_page(episode)).status_code == 200


def test_saving_without_a_change(episode, django_assert_num_queries):
    client = signed_in(factories.editor())
    data = form_in(client.get(change_page(episode)))
    # Expect 7 beside those for the user: two for the savepoint, the episode, whether it ever was public, its tags,
    # whether its slug is free, the log.
    with django_assert_num_queries(WHO + 7):
        assert client.post(change_page(episode), data).status_code == 302


def test_saving_one_field(episode, django_assert_num_queries):
    client = signed_in(factories.editor())
    data = form_in(client.get(change_page(episode)))
    # Expect 7 as above, and 38: three for the new version of the episode and its savepoint, its words with those before
    # and their record; and what is derived: two for the glosses, eight kinds of rows for the checks with their other
    # names and the same recording, two for the findings, seventeen for the passages of a first
    # indexing, one for the date.
    with django_assert_num_queries(WHO + 7 + factories.by_database(38, 34)):
        assert client.post(change_page(episode), data | {"title": "New"}).status_code == 302


@pytest.fixture(params=[5, 50])
def library(request):
    """Create five, then fifty rows in every table, each of another episode."""
    for i in range(request.param):
        made = factories.episode(claimed_by=factories.second_editor(), area=f"area {i}", aired_on="2024-01-01")
        fill(made, 1)
        made.tags.set([f"tag {i}"])
        Note.objects.create(episode=made, name=f"{i}.md", dialect="d", text="t")
        Gloss.objects.create(episode=made, term="t", section=made.sections.get())
        Decision.objects.create(target=made, from_status="draft", to_status="in_review", by=factories.editor())
        Snapshot.objects.create(episode=made, number=1, published_at=timezone.now(), by=factories.editor(), content={})
        Alias.objects.create(name="a", speaker=made.appearances.get().speaker)
        Alias.objects.create(name="b", entity=made.mentions.get().entity)
    ContentType.objects.clear_cache()
    for model in OURS:
        ContentType.objects.get_for_model(model)


# Beside the count for the pages and the rows themselves, which every list asks for.
FURTHER = {
    # Two for the date hierarchy; areas and categories to filter by.
    "episode": 4,
    # Two for the date hierarchy.
    "prediction": 2,
    # Two for the date hierarchy; dialects and parser versions to filter by.
    "note": 4,
    # Codes to filter by.
    "finding": 1,
    # Two for the date hierarchy, one for the kinds to filter by, one for the names of the episodes decided upon.
    "decision": 4,
    # Two for the date hierarchy.
    "snapshot": 2,
}


def test_lists(library, django_assert_num_queries):
    client = signed_in(factories.editor())
    for model in OURS:
        name = model._meta.model_name
        # Expect 2 and the further ones, as said above.
        with django_assert_num_queries(WHO + 2 + FURTHER.get(name, 0)) as made:
            page = client.get(page_at(f"admin:{model._meta.app_label}_{name}_changelist"))
        assert len(page.context["cl"].result_list) >= 5
        _no_long_column_in(made.captured_queries)


def _no_long_column_in(queries):
    for query in queries:
        for table, columns in LONG_COLUMNS.items():
            # The database cuts out the beginning shown in the list.
            sql = re.sub(r"SUBSTR(?:ING)?\([^)]*\)", "", query["sql"].split(" FROM ")[0])
            loaded = set(re.findall(rf'"{table}"\."(\w+)"', sql))
            assert not loaded & columns, query["sql"]


def test_search_in_autocomplete_boxes(library, django_assert_num_queries):
    client = signed_in(factories.editor())
    address = page_at("admin:autocomplete")
    for model, field in (("quote", "speaker"), ("mention", "entity")):
        # Expect 2 beside those for the user: the count for the pages and the names.
        with django_assert_num_queries(WHO + 2):
            client.get(address, {"app_label": "episodes", "model_name": model, "field_name": field, "term": "e"})


def test_no_form_has_select_of_all_rows():
    """Foreign keys are autocomplete boxes or read-only."""
    for model in OURS:
        model_admin = admin.site._registry[model]
        if isinstance(model_admin, RecordAdmin):
            continue
        for desk in (model_admin, *(inline(model, admin.site) for inline in model_admin.inlines)):
            readonly = {*desk.readonly_fields, "accepted_by"}
            for field in desk.opts.concrete_fields:
                if field.is_relation and field.editable and field.name in _fields_of(desk) - readonly:
                    assert field.name in desk.autocomplete_fields, f"{desk.opts} {field}"


def _fields_of(desk):
    declared = desk.fields or ()
    declared = declared or [name for _, options in desk.fieldsets or () for name in options["fields"]]
    declared = declared or getattr(desk, "words", ())
    return {name for entry in declared for name in ([entry] if isinstance(entry, str) else entry)}
