"""The list of tags and the page of each."""

from __future__ import annotations

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import TAG, depends_on, page_key
from episodes.bases.prepared import Prepared
from episodes.models import Tag, TaggedEpisode
from episodes.site.contexts.page_querysets import CARDS_OF_TAG
from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.lists import TagFilter, stored_counts
from episodes.site.pages.base import ObjectListPage, RecurringList
from episodes.site.pages.unfiltered_rows import CountedNames, UnfilteredRows, found_or_404


class TagList(CountedNames, RecurringList):
    """The list of tags with their number of episodes."""

    template_name = "site/pages/tag_list.html"
    heading = _("Tags")
    description = _("The tags of the episodes.")
    filterset_class = TagFilter

    def everything(self) -> QuerySet:
        if self.counts_are_used:
            return stored_counts.named_often(Tag.objects.all(), "tag", 1)
        return self._counted(Tag.objects.public())

    def recurring(self) -> QuerySet:
        if self.counts_are_used:
            return stored_counts.named_often(Tag.objects.all(), "tag", 2)
        return self._counted(Tag.objects.recurring())

    def _counted(self, tags: QuerySet) -> QuerySet:
        tagged = TaggedEpisode.objects.public().filter(tag=OuterRef("pk")).order_by().values("tag")
        count = Subquery(tagged.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return tags.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


_TAG = Prepared(lambda slug: Tag.objects.public().filter(slug=slug), slug=str)


class TagPage(UnfilteredRows, ObjectListPage):
    """The episodes with a tag."""

    template_name = "site/pages/tag.html"
    feed = "tag"

    def get_object(self) -> Tag:
        depends_on(page_key(TAG, self.kwargs["slug"]))
        return found_or_404(_TAG.first(slug=self.kwargs["slug"]))

    def unfiltered_rows(self) -> PagedRows:
        return CARDS_OF_TAG.of(tag=self.object.pk)
