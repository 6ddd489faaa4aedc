"""Build CHECK constraints from model fields: a column with choices holds one of them, a number lies within its range.

Forms and the loader validate before they write; raw SQL, a shell or another database client does not. Code all over the
site looks up labels by such values and would fail on an unknown one, so the database refuses it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

log = logging.getLogger(__name__)
# The largest value of PostgreSQL's `integer` and `smallint`; SQLite would take 64 bits for both.
INTEGER_MAX, SMALLINT_MAX = 2_147_483_647, 32_767
# Rows of one column listed in the error of a refused migration: enough to see the pattern, short enough for one line.
MAX_LISTED = 20

Model = TypeVar("Model", bound=type[models.Model])


def allowed_values(field: Any) -> list[Any]:
    """Return the values that a column with choices may hold.

    The empty string is allowed where `blank=True`, and where the field has no default: nothing was chosen yet. Forms
    and fixtures still require a choice there.
    """
    values = [value for value, _label in field.flatchoices if value != ""]
    return [*values, ""] if field.blank or not field.has_default() else values


def choice_fields(model: Any) -> list[Any]:
    """Return the concrete fields of a model that have choices."""
    return [field for field in model._meta.local_concrete_fields if field.choices]


def number_fields(model: Any) -> list[Any]:
    """Return the whole-number fields of a model, without primary and foreign keys."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField)
    ]


def max_value(field: Any) -> int:
    """Return the largest value that the column of a whole-number field holds on every supported database."""
    return SMALLINT_MAX if isinstance(field, models.PositiveSmallIntegerField) else INTEGER_MAX


def is_valid_value(field: Any, value: Any) -> bool:
    """Return whether the database accepts this value in a column with choices or with a number."""
    if value is None:
        return bool(field.null)
    if field.choices:
        return value in allowed_values(field)
    return isinstance(value, int) and 0 <= value <= max_value(field)


def _condition(field: Any) -> Q:
    if field.choices:
        return Q(**{f"{field.name}__in": allowed_values(field)})
    return Q(**{f"{field.name}__gte": 0, f"{field.name}__lte": max_value(field)})


def _columns_of(condition: Any) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _columns_of(child)
        else:
            yield child[0].split("__")[0]


def _error_of(field: Any, value: Any) -> ValidationError:
    """Return Django's own validation error for a value, in the active language."""
    if value is None:
        return ValidationError(field.error_messages["null"], code="null")
    if field.choices:
        return ValidationError(field.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
    negative = isinstance(value, int) and value < 0
    validator = MinValueValidator if negative else MaxValueValidator
    limit = 0 if negative else max_value(field)
    return ValidationError(validator.message, code=validator.code, params={"limit_value": limit})


class ColumnCheck(models.CheckConstraint):
    """A CHECK constraint on single columns that is validated in Python.

    Django's own `validate()` sends one query to the database for each row of a formset.
    """

    def deconstruct(self) -> Any:
        """Return Django's own class for migrations: this one differs only in Python."""
        _path, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs

    def validate(self, model: Any, instance: Any, exclude: Collection[str] | None = None, using: str = "") -> None:
        """Raise ValidationError with one error for each invalid column; computed values are left to the database."""
        wrong: dict[str, Any] = {}
        for name in self.columns:
            value, field = getattr(instance, name), model._meta.get_field(name)
            computed = isinstance(value, models.expressions.BaseExpression)
            if name not in (exclude or ()) and not computed and not is_valid_value(field, value):
                wrong[name] = _error_of(field, value)
        if wrong:
            raise ValidationError(wrong)

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns in the condition, sorted."""
        return sorted(set(_columns_of(self.condition)))


def with_column_checks(model: Model) -> Model:
    """Add `<model>_<field>_valid` for each field with choices and `<model>_numbers_valid` for the numbers.

    A class decorator, because inside `Meta` the enums of the model are not in scope yet. The migration autodetector
    sees the constraints, because `original_attrs` is updated as well.
    """
    meta: Any = model._meta
    constraints = [
        ColumnCheck(name=f"{meta.model_name}_{field.name}_valid", condition=_condition(field))
        for field in choice_fields(model)
    ]
    if numbers := number_fields(model):
        condition = Q()
        for field in numbers:
            condition &= (_condition(field) | Q(**{f"{field.name}__isnull": True})) if field.null else _condition(field)
        constraints.append(ColumnCheck(name=f"{meta.model_name}_numbers_valid", condition=condition))
    if constraints:
        meta.constraints = [*meta.constraints, *constraints]
        meta.original_attrs["constraints"] = meta.constraints
    return model


# --- rows that existed before the constraints

# Value for columns that record an editorial state: an unknown value is reset to it. Any other column is a statement
# about the recording, which only a person can correct.
UNDECIDED = {
    ("episode", "status"): "draft",
    ("episode", "summary_status"): "draft",
    ("finding", "state"): "open",
    ("prediction", "outcome"): "",
    **{
        (model, "status"): "draft"
        for model in (
            *("section", "chapter", "quote", "prediction", "observation", "takeaway", "mention"),
            *("speaker", "entity"),
        )
    },
}


def put_rows_right(app_label: str) -> Callable[[Any, Any], None]:
    """Return the function of a RunPython step that makes the rows of an app satisfy their constraints.

    Unknown statuses become undecided; each is logged as a warning.

    The function raises CommandError, in one line, if any other column holds an invalid value; it lists the rows and
    changes nothing.
    """

    def step(apps: Any, schema_editor: Any) -> None:
        using = schema_editor.connection.alias
        models_of_app = list(apps.get_app_config(app_label).get_models())
        refused = [line for model in models_of_app for line in _refusals(model, using)]
        if refused:
            raise CommandError(f"Rows that no page can show: {'; '.join(refused)}. Then run migrate again.")
        for model in models_of_app:
            _put_back(model, using)

    return step


def _wrong_rows(model: Any, field: Any, using: str) -> models.QuerySet:
    rows = model._default_manager.using(using).order_by("pk")
    if field.choices:
        return rows.exclude(**{f"{field.name}__in": allowed_values(field)})
    return rows.filter(Q(**{f"{field.name}__lt": 0}) | Q(**{f"{field.name}__gt": max_value(field)}))


def _refusals(model: Any, using: str) -> Iterator[str]:
    for field in (*choice_fields(model), *number_fields(model)):
        if (model._meta.model_name, field.name) in UNDECIDED:
            continue
        rows = list(_wrong_rows(model, field, using).values_list("pk", field.name)[: MAX_LISTED + 1])
        if not rows:
            continue
        listed = ", ".join(f"{key} ({value!r})" for key, value in rows[:MAX_LISTED]) + (
            ", …" if rows[MAX_LISTED:] else ""
        )
        allowed = ", ".join(map(repr, allowed_values(field))) if field.choices else f"0 to {max_value(field)}"
        column = f"{model._meta.db_table}.{field.column}"
        yield f"{column} of row {listed}: set it to one of {allowed} with manage.py dbshell"


def _put_back(model: Any, using: str) -> None:
    for field in choice_fields(model):
        undecided = UNDECIDED.get((model._meta.model_name, field.name))
        if undecided is None:
            continue
        for key, value in _wrong_rows(model, field, using).values_list("pk", field.name):
            model._default_manager.using(using).filter(pk=key).update(**{field.name: undecided})
            log.warning("%s %s: %s %r is now %r.", model._meta.label, key, field.name, value, undecided)
