"""CHECK constraints made from the columns themselves: choices hold one of their values, numbers lie in their range.

Forms and the loader validate before they write; a raw row, a shell or another client of the database does not. What
stands in a column with choices is looked up all over the site, so the database refuses anything else.
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
# Rows of one column that a refused migration names.
NAMED = 20

Model = TypeVar("Model", bound=type[models.Model])


def allowed_values(field: Any) -> list[Any]:
    """Return the values a column with choices may hold.

    The empty string is one of them where nothing has to be chosen, and where nothing was chosen yet: a column without a
    default. Forms and fixtures ask for a choice there all the same.
    """
    values = [value for value, _label in field.flatchoices if value != ""]
    return [*values, ""] if field.blank or not field.has_default() else values


def choice_fields(model: Any) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if field.choices]


def number_fields(model: Any) -> list[Any]:
    """Return the whole-number columns of a model, without keys."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField)
    ]


def largest(field: Any) -> int:
    return SMALLINT_MAX if isinstance(field, models.PositiveSmallIntegerField) else INTEGER_MAX


def is_valid_value(field: Any, value: Any) -> bool:
    """Return whether the database accepts this value in a column with choices or with a number."""
    if value is None:
        return bool(field.null)
    if field.choices:
        return value in allowed_values(field)
    return isinstance(value, int) and 0 <= value <= largest(field)


def _condition(field: Any) -> Q:
    if field.choices:
        return Q(**{f"{field.name}__in": allowed_values(field)})
    return Q(**{f"{field.name}__gte": 0, f"{field.name}__lte": largest(field)})


def _columns_of(condition: Any) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _columns_of(child)
        else:
            yield child[0].split("__")[0]


def _error_of(field: Any, value: Any) -> ValidationError:
    """Django's own sentence, in the language in use."""
    if value is None:
        return ValidationError(field.error_messages["null"], code="null")
    if field.choices:
        return ValidationError(field.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
    negative = isinstance(value, int) and value < 0
    validator = MinValueValidator if negative else MaxValueValidator
    limit = 0 if negative else largest(field)
    return ValidationError(validator.message, code=validator.code, params={"limit_value": limit})


class ColumnCheck(models.CheckConstraint):
    """A CHECK on columns one by one. Validated in Python: Django asks the database, once for each row of a formset."""

    def deconstruct(self) -> Any:
        _path, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs

    def validate(self, model: Any, instance: Any, exclude: Collection[str] | None = None, using: str = "") -> None:
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
        return sorted(set(_columns_of(self.condition)))


def checked(model: Model) -> Model:
    """Class decorator: add `<model>_<field>_valid` for each column with choices, `<model>_numbers_valid` for numbers.

    A decorator, because inside `Meta` the enums of the model have no name yet. The autodetector sees what it adds.
    """
    meta: Any = model._meta
    made = [
        ColumnCheck(name=f"{meta.model_name}_{field.name}_valid", condition=_condition(field))
        for field in choice_fields(model)
    ]
    if numbers := number_fields(model):
        condition = Q()
        for field in numbers:
            condition &= (_condition(field) | Q(**{f"{field.name}__isnull": True})) if field.null else _condition(field)
        made.append(ColumnCheck(name=f"{meta.model_name}_numbers_valid", condition=condition))
    if made:
        meta.constraints = [*meta.constraints, *made]
        meta.original_attrs["constraints"] = meta.constraints
    return model


# --- rows that were there before the constraints

# What such a column says where nobody has decided anything: an unknown value is put back to it. Any other column is a
# statement about the recording, and only a person knows what it should say.
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
    """Return the step of a migration that makes a table fit for its constraints.

    Statuses that do not exist become undecided, each told in the log. Raises CommandError, one line, naming all other
    rows: nothing is changed then.
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
    return rows.filter(Q(**{f"{field.name}__lt": 0}) | Q(**{f"{field.name}__gt": largest(field)}))


def _refusals(model: Any, using: str) -> Iterator[str]:
    for field in (*choice_fields(model), *number_fields(model)):
        if (model._meta.model_name, field.name) in UNDECIDED:
            continue
        found = list(_wrong_rows(model, field, using).values_list("pk", field.name)[: NAMED + 1])
        if not found:
            continue
        named = ", ".join(f"{key} ({value!r})" for key, value in found[:NAMED]) + (", …" if found[NAMED:] else "")
        wanted = ", ".join(map(repr, allowed_values(field))) if field.choices else f"0 to {largest(field)}"
        yield f"{model._meta.db_table}.{field.column} of row {named}: set it to one of {wanted} with manage.py dbshell"


def _put_back(model: Any, using: str) -> None:
    for field in choice_fields(model):
        undecided = UNDECIDED.get((model._meta.model_name, field.name))
        if undecided is None:
            continue
        for key, value in _wrong_rows(model, field, using).values_list("pk", field.name):
            model._default_manager.using(using).filter(pk=key).update(**{field.name: undecided})
            log.warning("%s %s: %s %r is now %r.", model._meta.label, key, field.name, value, undecided)
