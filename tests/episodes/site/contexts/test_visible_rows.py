"""Comments and unknown keys of a note appear nowhere in public."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from episodes import derived
from episodes.models import Chapter, Episode, Observation, Section, Takeaway
from people.models import Entity
from tests import factories

pytestmark = pytest.mark.django_db

SECRET = "kwyjibo"
COMMENTS = [
    f"<!-- {SECRET} -->",
    f"%%{SECRET}%%",
    f"{{% comment %}}{SECRET}{{% endcomment %}}",
    f"{{{{/* {SECRET} */}}}}",
    f"{{>>{SECRET}<<}}",
]
NAMED = (
    "home",
    "episode_list",
    "quote_list",
    "prediction_list",
    "glossary",
    "llms",
    "prediction_csv",
    "prediction_json",
)
NAMED += tuple(f"{kind}_{end}" for kind in ("site", "predictions") for end in ("rss", "atom", "json"))


def commented(comment: str) -> Episode:
    """Create a public episode with a comment in every text."""

    def words(text: str) -> str:
        return f"{text} {comment} and more"

    made = factories.public_episode(
        title=words("A title"), summary=words("In short."), insight=words("Remark."), insight_public=True, duration=3600
    )
    made.extra = {"private_contact": SECRET}
    made.save()
    gloss = f"**RL**（Reinforcement {comment}: learning {comment} by doing）"
    Section.objects.filter(episode=made).update(heading=words("Section"), text=f"{words('Text.')}\n\n{gloss}\n")
    speaker = factories.speaker("Ada", bio=words("Bio."), status="accepted")
    factories.appearance(made, speaker)
    factories.mention(made, factories.entity("Engine", summary=words("An engine."), status="accepted"))
    Chapter.objects.create(episode=made, start=5, title=words("A chapter"), summary=words("Sum."), status="accepted")
    factories.quote(made, speaker=speaker, text=words("Spoken."), context=words("Context."))
    told = {"claim": words("Claim."), "criteria": words("Criteria."), "evidence": words("Evidence."), "outcome": "true"}
    factories.prediction(
        made, speaker=speaker, words=words("Words."), horizon=words("soon"), resolved_on="2024-01-01", **told
    )
    seen = {name: words(name) for name in ("cue", "detail", "reading")}
    Observation.objects.create(episode=made, kind="gesture", status="accepted", **seen)
    Takeaway.objects.create(episode=made, text=words("One thing."), heading=words("Group"), status="accepted")
    derived.refresh(made)
    return made


def addresses(made: Episode) -> list[str]:
    quoted, predicted = made.quotes.get(), made.predictions.get()
    own = [made.get_absolute_url(), quoted.get_absolute_url(), predicted.get_absolute_url()]
    own += [f"/episodes/{made.slug}.md", reverse("report", args=[made.slug])]
    own += [reverse(name, args=[made.slug]) for name in ("episode_chapters", "episode_chapters_vtt")]
    own += [reverse("report", args=[made.slug]) + f"?at=q{quoted.pk}", f"/episodes/{made.slug[:-2]}x/"]
    own += [reverse("speaker", args=[row.speaker.slug]) for row in made.appearances.all()]
    own += [reverse("entity", args=[entity.slug]) for entity in Entity.objects.all()]
    embedded = quote(f"http://testserver{quoted.get_absolute_url()}", safe="")
    own.append(f"{reverse('oembed')}?url={embedded}")
    return [*own, *(reverse(name) for name in NAMED)]


@pytest.mark.parametrize("comment", COMMENTS)
@pytest.mark.parametrize("stored", [False, True])
def test_no_public_url_shows_comments(comment, stored, client: Client):
    made = commented(comment)
    if stored:
        derived.published_state(made)
    factories.public_episode(title="Another", summary="Other words.")
    for address in addresses(made):
        for prefix in ("", "/en"):
            answer = client.get(prefix + address)
            assert SECRET not in answer.content.decode().lower(), prefix + address
    page = client.get(made.get_absolute_url()).content.decode()
    for shown in ("A title", "In short.", "Section", "Text.", "A chapter", "Spoken.", "Claim.", "detail", "One thing."):
        assert shown in page


@pytest.mark.parametrize("name", ["episode_list", "quote_list", "glossary"])
def test_search_ignores_comments(name, client: Client):
    made = commented(f"<!-- {SECRET} -->")
    assert client.get(reverse(name), {"q": SECRET}).content.decode().count(made.slug) == 0
    said = {"episode_list": "Text.", "quote_list": "Spoken.", "glossary": "RL"}[name]
    assert made.slug in client.get(reverse(name), {"q": said}).content.decode()


def test_slug_ignores_comment_in_title(tmp_path):
    from django.core.management import call_command

    (tmp_path / "note.md").write_text(f"---\ntitle: A title %%{SECRET}%%\n---\nWords.\n")
    call_command("import_notes", str(tmp_path), verbosity=0)
    made = Episode.objects.get()
    assert (made.slug, str(made)) == ("a-title", "A title ")


def test_person_in_comment_is_not_credited(tmp_path):
    from django.core.management import call_command

    turns = "".join(f"**Secret Guest**: words {n}\n\n" for n in range(4))
    (tmp_path / "note.md").write_text(f"---\ntitle: x\n---\n<!--\n{turns}-->\n\nWords.\n")
    call_command("import_notes", str(tmp_path), verbosity=0)
    made = Episode.objects.get()
    assert not made.appearances.exists()
    assert not made.glosses.exists()
