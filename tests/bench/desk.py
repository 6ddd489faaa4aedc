"""The desk's lists at the size of a real library, in a scratch database; part of make bench.

Each figure is the median of nine requests in one process; the first, which warms up, is not counted.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client

from episodes.models import Episode
from tests.bench.large import fill, measure


def main() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    fill()
    user = User.objects.create_user("bench", is_staff=True)
    user.groups.set(Group.objects.filter(name="Editor"))
    client = Client()
    client.force_login(user)
    for label, path in _addresses():
        took = measure(client, path)
        print(
            f"  {label:20} {took.answer.status_code} {took.again * 1000:7.0f} ms  {took.queries:3} queries, "
            f"the slowest {took.slowest_query * 1000:.0f} ms"
        )


def _addresses() -> list[tuple[str, str]]:
    desk = "/en/admin"
    first = Episode.objects.order_by("pk").values_list("pk", flat=True)[1]
    lists = [
        (name, f"{desk}/episodes/{name}/") for name in ("episode", "finding", "section", "quote", "mention", "decision")
    ]
    return [
        ("first page", f"{desk}/"),
        *lists,
        ("entity", f"{desk}/people/entity/"),
        ("tag", f"{desk}/episodes/tag/"),
        ("episodes, errors", f"{desk}/episodes/episode/?next=errors"),
        ("episodes, last page", f"{desk}/episodes/episode/?p=200"),
        ("episodes, search", f"{desk}/episodes/episode/?q=访谈"),
        ("entities, search", f"{desk}/people/entity/?q=实体"),
        ("entity box", f"{desk}/autocomplete/?app_label=episodes&model_name=mention&field_name=entity&term=entity"),
        ("review screen", f"{desk}/episodes/episode/{first}/review/"),
        ("episode's form", f"{desk}/episodes/episode/{first}/change/"),
    ]
