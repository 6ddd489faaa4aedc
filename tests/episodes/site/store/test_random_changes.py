"""Property: after any public change every page from the store is the page made anew."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import Any

from django.test import override_settings
from django.urls import reverse
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from episodes import derived
from episodes.models import Episode, Prediction, Quote, Tag
from episodes.site.store import page_index
from episodes.workflow import Refused, Summary, one_act, transition
from episodes.workflow.edits import save_words
from episodes.workflow.publish_changes import publish_changes
from episodes.workflow.working_copies import revise
from people.models import Entity, Speaker
from tests import factories

LISTS = ("home", "episode_list", "speaker_list", "quote_list", "tag_list", "sitemap", "site_rss")
ITEMS = ("sections", "quotes", "predictions", "mentions", "chapters", "takeaways", "observations")

places = st.integers(0, 2)
statuses = st.sampled_from(["draft", "accepted", "rejected", "evergreen"])
act = st.one_of(
    st.tuples(st.just("decide"), places, st.sampled_from(ITEMS), statuses),
    st.tuples(st.just("summary"), places, statuses),
    st.tuples(st.just("move"), places, st.sampled_from(["withdrawn", "draft", "published", "evergreen"])),
    st.tuples(st.just("name"), st.sampled_from([Speaker, Entity]), places, st.sampled_from("αβγ")),
    st.tuples(st.just("judge"), st.sampled_from([Speaker, Entity]), places, statuses),
    st.tuples(st.just("copy"), places, st.sampled_from(["title", "quote", "speaker", "tag"]), st.sampled_from("αβγ")),
)


def world() -> list[Episode]:
    """Return two public episodes and a draft that share names, tags, a series and a translation key."""
    episodes = [factories.full_episode(series="Talks", translation_key="k") for _number in (1, 2)]
    episodes.append(factories.full_episode(status="draft", published_at=None, series="Talks"))
    first = episodes[0]
    for other in episodes[1:]:
        factories.appearance(other, first.appearances.get().speaker, label="Ada L.")
        factories.mention(other, first.mentions.get().entity)
        factories.quote(other, speaker=first.appearances.get().speaker)
    Speaker.objects.filter(pk=first.appearances.get().speaker_id).update(entity=first.mentions.get().entity)
    for episode in episodes:
        derived.glosses(episode)
        derived.store_html(episode)
    return episodes


class Acts:
    """A superuser's actions; those that are refused change nothing."""

    def __init__(self, episodes: list[Episode]) -> None:
        self.keys = [episode.pk for episode in episodes]
        self.by = factories.person("root", is_superuser=True)

    def episode(self, place: int) -> Episode:
        return Episode.objects.get(pk=self.keys[place % len(self.keys)])

    def decide(self, place: int, name: str, to: str) -> None:
        row = getattr(self.episode(place), name).order_by("pk").first()
        if row is not None:
            transition(row, to, self.by, "private" if to == "rejected" else "")

    def summary(self, place: int, to: str) -> None:
        transition(Summary(self.episode(place)), to, self.by, "private" if to == "rejected" else "")

    def move(self, place: int, to: str) -> None:
        details: dict[str, Any] = {"adopts": True} if to == "published" else {}
        transition(self.episode(place), to, self.by, "Because.", **details)

    def name(self, model: Any, place: int, letter: str) -> None:
        row = model.objects.order_by("pk")[place % model.objects.count()]
        row.name = f"{row.name} {letter}"
        save_words(row, ["name"], self.by)

    def judge(self, model: Any, place: int, to: str) -> None:
        row = model.objects.order_by("pk")[place % model.objects.count()]
        transition(row, to, self.by, "private" if to == "rejected" else "")

    def copy(self, place: int, what: str, letter: str) -> None:
        copy = revise(self.episode(place), self.by)
        if what == "title":
            copy.title = f"{copy.title} {letter}"
            save_words(copy, ["title"], self.by)
        elif what == "quote":
            copy.quotes.all().delete()
        elif what == "speaker":
            copy.appearances.all().delete()
        else:
            copy.tags.set([f"tag-{letter}"])
        Episode.objects.filter(pk=copy.pk).update(
            status="approved", approved_version=Episode.objects.get(pk=copy.pk).version
        )
        publish_changes(Episode.objects.get(pk=copy.pk), self.by)


def addresses() -> list[str]:
    """Return the pages of everything there is, public or not."""
    rows = [row for model in (Episode, Speaker, Entity, Tag, Quote, Prediction) for row in model.objects.order_by("pk")]
    pages = [row.get_absolute_url() for row in rows if not (isinstance(row, Episode) and row.revises_id)]
    pages += [f"{page}feed/" for page in pages if page.startswith(("/speakers/", "/entities/", "/tags/"))]
    pages += [f"{page.rstrip('/')}.md" for page in pages if page.startswith("/episodes/")]
    return [*(reverse(name) for name in LISTS), "/sitemap-episodes.xml", "/series/Talks/", *pages]


class StoredPagesTest(TestCase):
    def pages(self) -> dict[str, tuple[int, bytes]]:
        answers = {address: self.client.get(address) for address in addresses()}
        return {address: (answer.status_code, answer.content) for address, answer in answers.items()}

    @settings(max_examples=8, phases=[Phase.explicit, Phase.generate])
    @given(st.lists(act, min_size=2, max_size=4))
    def test_stored_pages_equal_pages_made_anew(self, acts: list[tuple[Any, ...]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            on = {"STORED_PAGES": True, "SITE_URL": "http://testserver", "PAGE_STORE": folder}
            with override_settings(**on):
                self.check(acts)

    def check(self, acts: list[tuple[Any, ...]]) -> None:
        page_index.clear_memory()
        does = Acts(world())
        derived.forget_all()
        self.pages()
        for name, *arguments in acts:
            with suppress(Refused), one_act():
                getattr(does, name)(*arguments)
            stored = self.pages()
            with override_settings(STORED_PAGES=False):
                anew = self.pages()
            assert {page: "differs" for page in anew if stored[page] != anew[page]} == {}
