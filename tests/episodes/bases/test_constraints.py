"""The database refuses values outside the choices of a column and numbers outside its range."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from episodes.bases.constraints import (
    INTEGER_MAX,
    UNDECIDED,
    allowed_values,
    choice_fields,
    number_fields,
    put_rows_right,
)
from episodes.models import (
    MADE_BY_SITE,
    Decision,
    Episode,
    Finding,
    Mention,
    Observation,
    Quote,
)
from tests import factories
from tests.episodes.desk.form_data import errors_in, save, signed_in
from tests.unconstrained_rows import without_checks

pytestmark = pytest.mark.django_db

# What is counted or made from other rows is neither entered nor restored.
MODELS = [
    model
    for app in ("episodes", "people")
    for model in apps.get_app_config(app).get_models()
    if model not in MADE_BY_SITE
]
CHOICES = [(model, field) for model in MODELS for field in choice_fields(model)]
NUMBERS = [(model, field) for model in MODELS for field in number_fields(model)]


def named(pair: Any) -> str:
    model, field = pair
    return f"{model.__name__}.{field.name}"


def row_of(model: type[models.Model]) -> Any:
    """Return a stored row of a model."""
    episode = factories.full_episode()
    Finding.objects.create(episode=episode, code="c", severity="info", message="m", origin="check")
    episode.notes.create(name="n.md", dialect="front_matter", text="x", digest="d")
    user = factories.editor()
    episode.snapshots.create(number=1, published_at=episode.published_at, by=user)
    kind = ContentType.objects.get_for_model(Episode)
    Decision.objects.create(target_type=kind, target_id=episode.pk, by=user, from_status="draft", to_status="draft")
    return model._default_manager.order_by("pk").last()


def test_every_choice_column_has_its_constraint():
    expected = {f"{model._meta.model_name}_{field.name}_valid" for model, field in CHOICES}
    expected |= {f"{model._meta.model_name}_numbers_valid" for model, _field in NUMBERS}
    declared = {constraint.name for model in MODELS for constraint in model._meta.constraints}
    assert {name for name in declared if name.endswith("_valid")} == expected
    with connection.cursor() as cursor:
        stored = {
            name
            for model in MODELS
            for name, constraint in connection.introspection.get_constraints(cursor, model._meta.db_table).items()
            if constraint["check"]
        }
    assert expected <= stored


def test_constraints_list_exactly_the_choices():
    for model, field in CHOICES:
        check = next(c for c in model._meta.constraints if c.name == f"{model._meta.model_name}_{field.name}_valid")
        assert check.condition == models.Q(**{f"{field.name}__in": allowed_values(field)})
        assert set(allowed_values(field)) - {""} == {value for value, _label in field.flatchoices} - {""}


@pytest.mark.parametrize("pair", CHOICES, ids=named)
@pytest.mark.parametrize("value", ["bogus", "Draft", " "])
def test_value_outside_the_choices_is_refused(pair, value):
    model, field = pair
    row = row_of(model)
    with pytest.raises(IntegrityError, match=f"{model._meta.model_name}_{field.name}_valid"), transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(**{field.name: value})


@pytest.mark.parametrize("pair", NUMBERS, ids=named)
@pytest.mark.parametrize("value", [-1, INTEGER_MAX + 1])
def test_number_outside_its_range_is_refused(pair, value):
    model, field = pair
    row = row_of(model)
    with pytest.raises(DatabaseError), transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(**{field.name: value})


def valid(row: Any) -> bool:
    """Return whether an unsaved row satisfies the constraints of its model."""
    try:
        row.validate_constraints(exclude=["episode", "entity", "speaker"])
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("status", ["draft", "accepted", "evergreen", "rejected"])
def test_evergreen_is_verified_by_another_or_alone(status):
    one, other = factories.editor().pk, factories.verifier().pk
    code = "private" if status == "rejected" else ""
    rows = {
        (accepted, verified, alone): Quote(
            status=status, reject_code=code, accepted_by_id=accepted, verified_by_id=verified, self_verified=alone
        )
        for accepted in (None, one)
        for verified in (None, one, other)
        for alone in (False, True)
    }
    refused = {(None, None, False), (one, None, False), (one, one, False)} if status == "evergreen" else set()
    assert {key for key, row in rows.items() if not valid(row)} == refused


def test_rejection_needs_its_reason():
    rows = {
        (status, code): Quote(status=status, reject_code=code)
        for status in ("draft", "accepted", "rejected")
        for code in ("", "private")
    }
    assert {key for key, row in rows.items() if not valid(row)} == {("rejected", "")}


def test_span_has_both_ends():
    spans = {(begin, end): Quote(span_begin=begin, span_end=end).span for begin in (None, 0, 3) for end in (None, 0, 5)}
    whole = {(begin, end) for begin in (0, 3) for end in (0, 5)}
    assert {key for key, span in spans.items() if span is not None} == whole
    assert {spans[key] for key in whole} == whole


def test_validation_names_column_without_a_query(django_assert_num_queries):
    episode = Episode(number=INTEGER_MAX + 1, form="bogus", slug="x")
    checks = [constraint for constraint in Episode._meta.constraints if constraint.name.endswith("_valid")]
    errors = {}
    with django_assert_num_queries(0):
        for check in checks:
            try:
                check.validate(Episode, episode)
            except ValidationError as error:
                errors |= error.message_dict
            check.validate(Episode, episode, exclude=["form", "number"])
    assert set(errors) == {"number", "form"}


def test_number_too_large_is_a_form_error():
    episode = factories.episode()
    answer = save(signed_in(factories.editor()), episode, number=str(INTEGER_MAX + 1))
    assert answer.status_code == 200
    assert "number" in str(answer.context["adminform"].form.errors.as_json())
    assert errors_in(answer)


# --- rows that existed before


def repair_rows() -> None:
    class Editor:
        pass

    editor: Any = Editor()
    editor.connection = connection
    for app in ("people", "episodes"):
        put_rows_right(app)(apps, editor)


def test_unknown_statuses_become_undecided_with_a_warning(caplog):
    episode = factories.full_episode()
    with without_checks(Episode, Quote, Mention):
        episode.quotes.update(status="bogus")
        episode.mentions.update(status="bogus")
        Episode.objects.filter(pk=episode.pk).update(status="bogus", summary_status="x")
        with caplog.at_level(logging.WARNING, "episodes.bases.constraints"):
            repair_rows()
    episode.refresh_from_db()
    assert (episode.status, episode.summary_status) == ("draft", "draft")
    assert {row.status for row in (*episode.quotes.all(), *episode.mentions.all())} == {"draft"}
    assert len(caplog.messages) == 4
    assert f"episodes.Episode {episode.pk}: status 'bogus' is now 'draft'." in caplog.messages


def test_uncertain_rows_are_listed_in_one_error():
    observation = row_of(Observation)
    with without_checks(Observation, Quote):
        Observation.objects.update(kind="bogus")
        Quote.objects.update(status="bogus")
        with pytest.raises(CommandError) as refused:
            repair_rows()
    (line,) = str(refused.value).splitlines()
    assert f"episodes_observation.kind of row {observation.pk} ('bogus')" in line
    assert "'setting', 'production'" in line
    assert "manage.py dbshell" in line
    # Nothing was changed, not even certain columns.
    assert Quote.objects.get().status == "bogus"


def test_undecided_columns_are_the_statuses():
    columns = {(model._meta.model_name, field.name) for model, field in CHOICES}
    assert set(UNDECIDED) <= columns
    assert {name for _model, name in UNDECIDED} == {"status", "summary_status", "state", "outcome"}


@pytest.mark.django_db(transaction=True)
def test_migration_repairs_rows_and_adds_constraints():
    before = [("episodes", "0005_what_is_seen"), ("people", "0001_initial")]
    executor = MigrationExecutor(connection)
    try:
        old = executor.migrate(before).apps
        episode = old.get_model("episodes", "Episode").objects.create(slug="e", status="bogus")
        old.get_model("episodes", "Quote").objects.create(episode=episode, text="q", status="published")
        speaker = old.get_model("people", "Speaker").objects.create(slug="s", name="S", kind="robot")
        with pytest.raises(CommandError, match=rf"people_speaker.kind of row {speaker.pk} \('robot'\)"):
            call_command("migrate", verbosity=0)
        old.get_model("people", "Speaker").objects.update(kind="channel")
        call_command("migrate", verbosity=0)
        assert (Episode.objects.get().status, Quote.objects.get().status) == ("draft", "draft")
        with pytest.raises(IntegrityError):
            Quote.objects.update(status="bogus")
    finally:
        old.get_model("people", "Speaker").objects.update(kind="channel")
        call_command("migrate", verbosity=0)
