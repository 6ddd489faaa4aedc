"""The history page of an object."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from episodes.bases.users import staff_user
from episodes.desk.history.grouping import (
    SHOWN,
    Act,
    index_of,
    shown,
    split,
)
from episodes.desk.history.sources import (
    DECIDED,
    Sources,
    about,
    sources_of,
)
from episodes.desk.view_permissions import may_view_whole
from episodes.models import Episode, Note

PER_PAGE = 25
# Decisions per page where one act is shown in full.
WHOLE_PER_PAGE = 100
SUMMARY = "summary"


def history_page(desk: Any, request: HttpRequest, obj: Any) -> HttpResponse:
    """Return the history page of an object that the user may see.

    GET `kind`: rows of this kind only; `about`: one row only, such as quote-12; `act`: one act in full.
    """
    sources = sources_of(obj, _viewable(desk, request) | {type(obj)})
    if not may_view_whole(staff_user(request)):
        # Django's log entries name rows of all kinds in one sentence.
        sources = replace(sources, logs=sources.logs.none())
    kinds = _kinds(sources) if isinstance(obj, Episode) else []
    chosen = {name: request.GET.get(name, "") for name in ("kind", "about", "act")}
    acts = index_of(_filtered(sources, chosen))
    whole = [each for act in acts for each in split(act)] if chosen["act"] else acts
    most = WHOLE_PER_PAGE if chosen["act"] else SHOWN
    page = Paginator(whole, WHOLE_PER_PAGE if chosen["act"] else PER_PAGE).get_page(request.GET.get(PAGE_VAR))
    context = {
        **desk.admin_site.each_context(request),
        "title": _("History: %(title)s") % {"title": obj},
        "subtitle": None,
        "opts": desk.opts,
        "object": obj,
        "module_name": str(capfirst(desk.opts.verbose_name_plural)),
        "acts": shown(_rejoined(page.object_list), _own(obj), get_user_model()._default_manager, most),
        "page": page,
        "page_var": PAGE_VAR,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "kinds": kinds,
        "chosen": chosen,
        "filtered": any(chosen.values()),
    }
    request.current_app = desk.admin_site.name  # type: ignore[attr-defined]
    response = TemplateResponse(request, "desk/history.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _viewable(desk: Any, request: HttpRequest) -> set[Any]:
    """Return the models that the user may see."""
    known: dict[Any, Any] = desk.admin_site._registry
    return {
        model for model in (*DECIDED, Note) if model in known and known[model].has_view_or_change_permission(request)
    }


def _own(obj: Any) -> tuple[str, set[int]]:
    keys = {obj.pk, getattr(obj, "revises_id", None)} - {None}
    return str(obj._meta.model_name), keys


def _kinds(sources: Sources) -> list[tuple[str, str, int]]:
    """Return [(kind, name, number of Decisions)] for the filter. One query."""
    counted = sources.decisions.values_list("target_type", "field").annotate(n=Count("pk"))
    found: dict[str, int] = {}
    for key, field, n in counted:
        kind = SUMMARY if field == SUMMARY else str(ContentType.objects.get_for_id(key).model)
        found[kind] = found.get(kind, 0) + n
    names = {str(model._meta.model_name): str(model._meta.verbose_name) for model in DECIDED}
    names[SUMMARY] = _("summary")
    return [(kind, name, found[kind]) for kind, name in names.items() if kind in found]


def _filtered(sources: Sources, chosen: dict[str, str]) -> Sources:
    """Return the filtered sources. Imports and log entries concern the whole object and are left out then."""
    decisions = sources.decisions
    models = {str(model._meta.model_name): model for model in DECIDED}
    kind, _dash, key = chosen["about"].partition("-")
    if kind in models and key.isdecimal() and len(key) < 19:
        decisions = decisions.filter(about(models[kind], int(key)))
    elif chosen["about"]:
        decisions = decisions.none()
    if chosen["kind"] == SUMMARY:
        decisions = decisions.filter(field=SUMMARY)
    elif chosen["kind"]:
        decisions = decisions.filter(target_type__model=chosen["kind"]).exclude(field=SUMMARY)
    if chosen["act"]:
        decisions = decisions.filter(act=act) if (act := _uuid(chosen["act"])) else decisions.none()
    if not any(chosen.values()):
        return sources
    return Sources(decisions, sources.logs.none(), sources.imports.none())


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _rejoined(acts: Any) -> list[Act]:
    """Return the acts that were split for paging, joined again as far as they are on this page."""
    found: list[Act] = []
    for act in acts:
        if found and act.act is not None and found[-1].act == act.act:
            found[-1].decisions += act.decisions
        else:
            found.append(act)
    return found
