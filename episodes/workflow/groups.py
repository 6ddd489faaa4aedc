"""The four groups of the desk and what each may do. Kept by a post_migrate receiver, again and again the same."""

from __future__ import annotations

from typing import Any

# What belongs to one episode.
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
    """Create the groups and give them the permissions above. What an administrator added to a group stays."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    # post_migrate reaches this app perhaps before the permissions of the others are made.
    for label in ("people", "episodes"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    known = {
        permission.codename: permission
        for permission in Permission.objects.using(using).filter(content_type__app_label__in=("people", "episodes"))
    }
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*(known[codename] for codename in sorted(codenames) if codename in known))
