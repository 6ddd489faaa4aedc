"""A small site with one page of every kind, for tests that go through all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from episodes import derived
from episodes.models import Chapter, Episode, Observation, Section, Takeaway
from people.models import Alias, Entity, Speaker
from tests import factories

LONG = "一句话接着一句话，说的是同一件事，直到这一段足够长为止。" * 12
BILINGUAL = """第一段说的是机器，也说人，说得不短。见[另一处](https://example.org/there)。

<details><summary>View/Hide Original English</summary>
<p class="english-text">The first paragraph is about machines and the people who build them.</p></details>

第二段说的是**RL**（Reinforcement Learning: 强化学习），第一次说。

第三段又说到**RL**（Reinforcement Learning: 在试错中学习），第二次说。

| 甲 | 乙 |
|---|---|
| 一 | 二 |

```
one line of code that is far too long for a phone, and for most other screens that people carry about
```
"""
# Enough for a second list page, and for co-occurring entities.
MANY, TOGETHER = 31, 3
BREAKS = "breaks"
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
VIDEO = "https://www.youtube-nocookie.com/**"


def recording(**fields: Any) -> Episode:
    """Create a recording with one row of every kind, as factories.public_pages() needs it."""
    return factories.full_episode(
        title="On engines and the people who build them",
        source_url="https://www.youtube.com/watch?v=si9iqF5uTFk",
        aired_on=date(2021, 5, 4),
        series="Long talks",
        category="history",
        number=7,
        insight="A remark.",
        insight_public=True,
        **fields,
    )


def enrich(made: Episode) -> None:
    """Add many rows of every kind, partly reviewed."""
    engine, ada = made.mentions.get().entity, made.appearances.get().speaker
    Alias.objects.create(entity=engine, name="Machine")
    Entity.objects.filter(pk=engine.pk).update(status="accepted", summary="What does the work.")
    for start in (600, 1200):
        Chapter.objects.create(
            episode=made, start=start, title=f"At {start}", summary="One more sentence. " * 40, status="accepted"
        )
    for number in range(MANY):
        factories.quote(
            made, speaker=ada, label="Ada", start=70 + number, text=f"Words number {number}.", context="Later."
        )
    factories.prediction(
        made,
        speaker=ada,
        label="Ada",
        start=700,
        claim="Rain falls in May.",
        horizon="next year",
        due_on=date(2022, 5, 31),
        criteria="There is **rain**.",
        outcome="true",
        resolved_on=date(2022, 6, 1),
        evidence="It rained: https://example.org/rain",
    )
    factories.prediction(
        made, label="guest", start=800, words="Snow, I guess.", claim="It snows in winter.", due_on=date(2099, 1, 1)
    )
    seen = {"cue": "A question.", "detail": "A nod.", "reading": "Yes."}
    Observation.objects.create(episode=made, kind="gesture", start=90, status="accepted", **seen)
    for number in range(9):
        Takeaway.objects.create(episode=made, text=f"Thing {number}.", status="accepted")
    Section.objects.create(episode=made, heading="Nobody read this", text="Other words.", order=2)
    derived.store_html(made)


def prose() -> Episode:
    """Create a long Chinese text with folds and glosses and one reviewed section; translated by another episode."""
    made = factories.public_episode(
        title="机器与人",
        language="zh-Hans",
        summary="一篇很长的文章。",
        translation_key="pair",
        aired_on=date(2020, 1, 2),
    )
    made.sections.all().delete()
    Section.objects.create(episode=made, heading="双语", text=BILINGUAL, order=0)
    for order in range(1, 8):
        text = f"{LONG}\n\n{LONG}{order}"
        status = "accepted" if order == 3 else "draft"
        Section.objects.create(episode=made, heading=f"第{order}节", text=text, order=order, status=status)
    derived.glosses(made)
    derived.store_html(made)
    return made


def furnish() -> dict[str, str]:
    """Fill the site and return {name: path without language prefix} with one page of each kind."""
    made, text = recording(translation_key="pair"), prose()
    pages = factories.public_pages(made)
    enrich(made)
    hant = factories.public_episode(title="機器與人", language="zh-Hant", summary="一篇長文。", translation_key="pair")
    own = factories.public_episode(title="Alone", language="en", area="gardens", series="Long talks")
    channel, ada = factories.speaker("The Channel", kind="channel"), made.appearances.get().speaker
    names = [factories.entity(name) for name in ("Loom", "Steam", "Analytical engine", "Ada Lovelace")]
    Entity.objects.filter(pk=names[0].pk).update(name="具身智能")
    Speaker.objects.filter(pk=ada.pk).update(entity=names[-1])
    for episode in (made, text, hant, own):
        factories.appearance(episode, channel, role="channel")
        for name in [made.mentions.first().entity, *names]:
            episode.mentions.get_or_create(entity=name)
    for number in range(5):
        other = factories.public_episode(language="en", series=f"Series {number}")
        factories.tag(other, f"tag-{number}")
        factories.appearance(other, factories.speaker(f"Guest {number}"))
        other.glosses.create(term=f"Term {number}", explanation="A word.")
    derived.store_passages_of(Episode.objects.values_list("pk", flat=True))
    return (
        pages
        | _of_episode(made)
        | _lists()
        | {
            "prose": text.get_absolute_url(),
            "traditional": hant.get_absolute_url(),
            "channel": channel.get_absolute_url(),
            "series": reverse("series", args=["Long talks"]),
            "404": "/episodes/on-engines-and-the-peeple/",
            "410": _withdrawn().get_absolute_url(),
            "500": f"{reverse('about')}?{BREAKS}",
        }
    )


def _withdrawn() -> Episode:
    return factories.public_episode(title="Gone", status="withdrawn", withdrawn_reason="The guest asked for it.")


def _of_episode(made: Episode) -> dict[str, str]:
    quote = made.quotes.get(text="Words number 3.")
    return {
        "quote with more": quote.get_absolute_url(),
        "prediction, resolved": made.predictions.get(outcome="true").get_absolute_url(),
        "prediction, open": made.predictions.get(start=800).get_absolute_url(),
        "report": f"{reverse('report', args=[made.slug])}?at=q{quote.pk}&words=number",
        "thanks": f"{reverse('report_thanks', args=[made.slug])}?at=q{quote.pk}",
    }


def _lists() -> dict[str, str]:
    episodes, quotes, predictions = (reverse(name) for name in ("episode_list", "quote_list", "prediction_list"))
    search = reverse("search")
    return {
        "episodes, filtered": f"{episodes}?language=en&area=machines",
        "episodes, none": f"{episodes}?q=nothing&area=gardens",
        "quotes, second page": f"{quotes}?page=2",
        "predictions, pending": f"{predictions}?outcome=open",
        "predictions, judged": f"{predictions}?outcome=true&sort=due",
        "predictions, of one speaker": f"{predictions}?speaker={Speaker.objects.get(name='Ada').slug}",
        "search": search,
        "search, found": f"{search}?q=machine",
        "search, found in Chinese": f"{search}?q=%E6%9C%BA%E5%99%A8",
        "search, narrowed": f"{search}?q=words&year=2021",
        "search, nothing": f"{search}?q=nothingofthekind+words",
    }
