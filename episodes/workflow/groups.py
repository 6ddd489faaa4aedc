"""The four groups of desk users and their permissions, created by an idempotent post_migrate receiver."""

from __future__ import annotations

from typing import Any

# Models whose rows belong to one episode.
WORDS = [
    "section",
    "appearance",
    "chapter",
    "quote",
    "prediction",
    "observation",
    "takeaway",
    "mention",
    "taggedepisode",
]
NAMES = ["speaker", "entity", "alias", "tag"]
RECORDS = ["note", "finding", "decision", "gloss", "snapshot"]


def _all(actions: str, models: list[str]) -> set[str]:
    return {f"{action}_{model}" for action in actions.split() for model in models}


_SEE = _all("view", [*WORDS, *NAMES, *RECORDS, "episode"])
GROUPS: dict[str, set[str]] = {
    "Editor": _SEE
    | _all("add change delete", WORDS)
    | _all("add change", ["episode", *NAMES])
    | {"change_finding", "review_episode"},
    "Verifier": _SEE | {"verify_episode", "change_finding", "waive_finding"},
    "Publisher": _SEE | {"publish_episode", "change_finding", "waive_finding"},
    "Librarian": _SEE | _all("add change delete", NAMES),
}


def sync_groups(using: str = "default", **kwargs: Any) -> None:
    """Create the groups and add the permissions above. Permissions that an administrator added are kept."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    # This post_migrate receiver may run before Django's own has created the permissions of the other app.
    for label in ("people", "episodes"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    known = {
        permission.codename: permission
        for permission in Permission.objects.using(using).filter(content_type__app_label__in=("people", "episodes"))
    }
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*(known[codename] for codename in sorted(codenames) if codename in known))
