"""The list of episodes."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from episodes.models import Episode
from episodes.site.contexts.page_querysets import CARDS, for_cards
from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.lists import EpisodeListFilter
from episodes.site.pages.base import ListPage
from episodes.site.pages.unfiltered_rows import UnfilteredRows


class EpisodeList(UnfilteredRows, ListPage):
    """All public episodes with filters, newest recording first."""

    template_name = "site/pages/episode_list.html"
    feed = "site"
    heading = _("Episodes")
    description = _("All published episodes, newest first.")
    filterset_class = EpisodeListFilter

    def rows(self) -> QuerySet[Episode]:
        return for_cards(Episode.objects.public())

    def unfiltered_rows(self) -> PagedRows:
        return CARDS.of()
