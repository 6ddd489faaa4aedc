"""Conversion of values to JSON and back, and values that a database refuses."""

import datetime
import json
import math

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.backup.tables import DERIVED, LEFT_OUT, MADE_BY_MIGRATE, RENEWED, Table, all_models, tables
from episodes.backup.value_limits import Fitting
from episodes.backup.values import CODECS, Column
from episodes.models import MADE_BY_SITE, Episode, Finding, Note, Snapshot

WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ZONES = st.timezones() | st.just(datetime.UTC)
KINDS = {
    "IntegerField": WHOLE,
    "TextField": TEXT,
    "BooleanField": st.booleans(),
    "FloatField": st.floats(allow_nan=False),
    "DecimalField": st.decimals(allow_nan=False, allow_infinity=False),
    "DateField": st.dates(),
    "TimeField": st.times(),
    "DateTimeField": st.datetimes(timezones=ZONES, allow_imaginary=False),
    "DurationField": st.timedeltas(),
    "UUIDField": st.uuids(),
    "BinaryField": st.binary(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_value_survives_json_roundtrip(kind):
    codec = CODECS[kind]

    @settings(deadline=None, max_examples=60)
    @given(KINDS[kind])
    def comes_back(value):
        found = codec.read(json.loads(json.dumps(codec.write(value), allow_nan=False)))
        assert found == value
        assert type(found) is type(value)

    comes_back()


def test_nonfinite_float_survives_roundtrip():
    codec = CODECS["FloatField"]
    assert math.isnan(codec.read(json.loads(json.dumps(codec.write(math.nan), allow_nan=False))))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("IntegerField", True),
        ("IntegerField", 1.0),
        ("IntegerField", "1"),
        ("BooleanField", 1),
        ("TextField", b"a"),
        ("DateField", datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)),
        ("DateTimeField", datetime.date(2024, 1, 1)),
        ("DecimalField", 1.5),
        ("UUIDField", "0"),
        ("FloatField", 1),
    ],
)
def test_value_of_wrong_type_is_refused(kind, value):
    with pytest.raises((TypeError, AttributeError)):
        CODECS[kind].write(value)


def test_every_model_column_can_be_written():
    for table in tables():
        for column in table.columns:
            assert column.named or column.codec, (table.label, column.name)


def test_every_model_is_listed():
    installed = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert {table.label for table in tables()} | LEFT_OUT.keys() == installed
    assert {table.label for table in tables()} & LEFT_OUT.keys() == set()
    counted = {"AccessAttempt", "AccessAttemptExpiration", "AccessFailureLog", "AccessLog"}
    made = {"contenttypes.ContentType", "auth.Permission", "sessions.Session"}
    made |= {model._meta.label for model in MADE_BY_SITE}
    assert made | {f"axes.{name}" for name in counted} == LEFT_OUT.keys()
    assert installed >= MADE_BY_MIGRATE | RENEWED


def test_every_column_is_listed():
    for model in all_models():
        derived = DERIVED.get(model._meta.label, {}).keys()
        names = {field.attname for field in model._meta.local_concrete_fields}
        assert set(Table(model).names) | derived == names
        assert derived <= names
    assert {label: set(columns) for label, columns in DERIVED.items()} == {"episodes.Section": {"html"}}


# --- values that a database refuses


def faults(database, model, field, value):
    return list(Fitting(database).faults(Column(model._meta.get_field(field)), value))


@pytest.fixture
def postgresql():
    pytest.importorskip("psycopg")
    # The rules need no connection.
    return PostgreSQL({**connection.settings_dict, "ENGINE": "django.db.backends.postgresql", "NAME": "none"})


@pytest.fixture
def sqlite():
    return SQLite({**connection.settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"})


NUL, HALF = "holds a NUL character", "holds half a character"
UNFIT = [
    (Episode, "summary", "a\0b", [NUL]),
    (Episode, "title", "x" * 501, ["has 501 characters, and only 500 fit"]),
    (Episode, "title", "𝔘" * 500, []),
    (Episode, "slug", "x" * 81, ["has 81 characters, and only 80 fit"]),
    (Episode, "cover", "x" * 101, ["has 101 characters, and only 100 fit"]),
    (Episode, "version", 2**31, ["is 2147483648, which is beyond 0 to 2147483647"]),
    (Episode, "version", -1, ["is -1, which is beyond 0 to 2147483647"]),
    (Episode, "claimed_by", 2**31, ["is 2147483648, which is beyond -2147483648 to 2147483647"]),
    (Episode, "claimed_by", 2**31 - 1, []),
    (Note, "episode", 2**63 - 1, []),
    (Finding, "params", '{"a": ["\\u0000"]}', [NUL]),
    (Finding, "params", '{"\\u0000": 1}', [NUL]),
    (Finding, "params", '{"a": "\\\\u0000 \\\\ud800"}', []),
    (Finding, "params", '{"a": "\\ud83c\\udf99"}', []),
    (Finding, "params", '{"a": "\\uD83c"}', [HALF]),
    # `json` is kept as text and compressed JSON as bytes: neither is parsed.
    (Episode, "extra", '{"a": "\\u0000"}', []),
    (Note, "parsed", '{"a": "\\u0000"}', []),
    (Snapshot, "content", '{"a": "\\ud83c"}', []),
    (Finding, "repair", None, []),
    (Finding, "repair", "null", []),
]


@pytest.mark.parametrize(("model", "field", "value", "expected"), UNFIT)
def test_value_refused_by_postgresql_is_reported(postgresql, model, field, value, expected):
    assert faults(postgresql, model, field, value) == expected


@pytest.mark.parametrize(("model", "field", "value", "expected"), UNFIT)
def test_sqlite_accepts_values_refused_by_postgresql(sqlite, model, field, value, expected):
    assert faults(sqlite, model, field, value) == []


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_number_beyond_64_bits_is_reported(sqlite, value):
    assert faults(sqlite, Episode, "version", value) == [f"is {value}, which has more than 64 bits"]


def test_lone_surrogate_is_reported(sqlite, postgresql):
    for database in (sqlite, postgresql):
        assert faults(database, Episode, "summary", "a\ud800") == [HALF]
        assert faults(database, Episode, "extra", "NaN") == ["holds what is no JSON"]
