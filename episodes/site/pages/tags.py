"""The list of tags and the page of each."""

from __future__ import annotations

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import TAG, depends_on, page_key
from episodes.models import Episode, Tag, TaggedEpisode
from episodes.site.contexts.page_querysets import episodes_tagged, for_cards
from episodes.site.lists import TagFilter
from episodes.site.pages.base import ObjectListPage, RecurringList


class TagList(RecurringList):
    """The list of tags with their number of episodes."""

    template_name = "site/pages/tag_list.html"
    heading = _("Tags")
    description = _("The tags of the episodes.")
    filterset_class = TagFilter

    def everything(self) -> QuerySet:
        return self._counted(Tag.objects.public())

    def recurring(self) -> QuerySet:
        return self._counted(Tag.objects.recurring())

    def _counted(self, tags: QuerySet) -> QuerySet:
        tagged = TaggedEpisode.objects.public().filter(tag=OuterRef("pk")).order_by().values("tag")
        count = Subquery(tagged.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return tags.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


class TagPage(ObjectListPage):
    """The episodes with a tag."""

    template_name = "site/pages/tag.html"
    feed = "tag"

    def get_object(self) -> Tag:
        depends_on(page_key(TAG, self.kwargs["slug"]))
        return get_object_or_404(Tag.objects.public(), slug=self.kwargs["slug"])

    def rows(self) -> QuerySet[Episode]:
        return for_cards(episodes_tagged(self.object))
