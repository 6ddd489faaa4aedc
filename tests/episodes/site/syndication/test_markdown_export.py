"""Episodes as Markdown, and llms.txt."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils.translation import gettext

from episodes import derived
from episodes.models import Chapter, Episode, Gloss, Takeaway
from episodes.rendering import render
from episodes.rendering.html_to_markdown import to_markdown
from episodes.site.syndication import llms_txt
from episodes.site.syndication.review_status import review_statuses
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode() -> Episode:
    made = factories.full_episode(title="Talk: one", slug="talk", series="Show", aired_on="2024-05-01")
    derived.store_html(made)
    made.refresh_from_db()
    return made


def read(client: Client, address: str = "/en/episodes/talk.md") -> tuple[dict[str, Any], str]:
    """Return (front matter, body)."""
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    _nothing, front, body = answer.content.decode().split("---\n", 2)
    return yaml.safe_load(front), body


def test_front_matter_has_metadata_and_review(client: Client, episode: Episode) -> None:
    front, _body = read(client)
    published = episode.published_at
    assert published
    assert front == {
        "title": "Talk: one",
        "url": "http://testserver/en/episodes/talk/",
        "source": episode.source_url,
        "series": "Show",
        "aired": episode.aired_on,
        "duration": "01:00:00",
        "language": "en",
        "speakers": ["Ada"],
        "area": "machines",
        "tags": ["engines"],
        "published": published.date(),
        "review": {
            "state": "partly",
            "adopted": False,
            "total_count": 2,
            "read_count": 1,
            "verified_count": 0,
            "verified_by_count": 0,
            "note": "Machine-made. Reviewed by a person so far: everything but the summary.",
        },
    }


def test_body_follows_the_page(client: Client, episode: Episode) -> None:
    _front, body = read(client)
    assert re.findall(r"^(#+ .+)$", body, re.MULTILINE) == [
        "# Talk: one",
        "## Takeaways",
        "## Chapters",
        f"### [00:00:05](<{episode.source_url}&t=5>) A chapter",
        "## Section",
        "## Predictions",
        "## On screen",
        "### Gesture",
        "## Mentioned",
        "## Glossary",
    ]
    for words in ("In short.", "- One thing.", "> Words as spoken.", "**It will rain.**", "— Ada, [00:01:05]"):
        assert words in body
    assert "- **RL**: Reinforcement Learning; learning by doing" in body
    # The prediction has no time, so it is outside the chapters.
    assert body.index("> Words as spoken.") < body.index("## Section") < body.index("**It will rain.**")


def test_markdown_links_canonical_page(client: Client, episode: Episode) -> None:
    answer = client.get("/episodes/talk.md")
    assert answer["Link"] == '<http://testserver/episodes/talk/>; rel="canonical"'
    assert not answer.cookies
    assert client.get("/episodes/talk.md", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.get("/episodes/talk.md", headers={"If-Modified-Since": answer["Last-Modified"]}).status_code == 304
    assert client.head("/episodes/talk.md").content == b""


def test_markdown_omits_hidden_parts(client: Client, episode: Episode) -> None:
    episode.sections.create(heading="Rejected heading", text="Rejected.", status="rejected", reject_code="private")
    for status, code in (("draft", ""), ("rejected", "private")):
        own = {"status": status, "reject_code": code}
        Chapter.objects.create(episode=episode, start=9, title="Hidden.", **own)
        Takeaway.objects.create(episode=episode, text="Hidden.", **own)
        factories.quote(episode, text="Hidden.", **own)
        factories.prediction(episode, words="Hidden.", **own)
        episode.observations.create(kind="tell", detail="Hidden.", **own)
    factories.mention(episode, factories.entity("Hidden"), status="rejected", reject_code="private")
    hidden = episode.sections.get(status="rejected")
    Gloss.objects.create(episode=episode, section=hidden, term="Hidden", explanation="x")
    Episode.objects.update(summary="Hidden.", summary_status="rejected", insight="Hidden.", extra={"k": "Hidden"})
    text = client.get("/episodes/talk.md").content.decode()
    assert "Hidden" not in text
    assert "Rejected" not in text


def test_unsafe_source_is_not_in_markdown(client: Client, episode: Episode) -> None:
    text = (
        "Seen. <!-- comment --> [link](https://example.org 'title') [bad](javascript:alert(1)) <b onclick=\"x()\">b</b>"
    )
    episode.sections.update(text=text)
    for stored in (False, True):
        if stored:
            derived.store_html(episode)
        else:
            episode.sections.update(html="")
        _front, body = read(client)
        assert "[link](<https://example.org>)" in body
        for hidden in ("comment", "title'", "javascript", "onclick"):
            assert hidden not in body


def test_plain_text_is_escaped(client: Client, episode: Episode) -> None:
    factories.quote(episode, text="# not *a* heading\n- <b>nor a list</b>", start=70)
    _front, body = read(client)
    assert "> \\# not \\*a\\* heading\n> \\- \\<b>nor a list\\</b>" in body


def test_reviewed_sections_are_marked(client: Client, episode: Episode) -> None:
    assert "*Reviewed by a person*" not in read(client)[1]
    episode.sections.create(heading="Unread", text="Not yet.", order=5)
    _front, body = read(client)
    assert body.count("*Reviewed by a person*") == 1
    assert body.index("## Section") < body.index("*Reviewed by a person*") < body.index("## Unread")


def test_hidden_episode_has_no_markdown(client: Client) -> None:
    for slug, fields in (("draft", {}), ("copy", {"revises": factories.public_episode()})):
        factories.episode(slug=slug, **fields)
        assert client.get(f"/episodes/{slug}.md").status_code == 404


MARKDOWN = [
    "One **bold** and *soft* `code` word.",
    "- a\n- b\n    - c\n- d",
    "1. one\n2. two",
    "> quoted\n>\n> twice",
    "| a | b |\n| --- | --- |\n| 1 | x\\|y |",
    "```python\nif x < 1:\n    `pass`\n```",
    "$x^2$ and 10 < 20",
    "<details><summary>Original English</summary>The original.</details>",
    "snake_case __init__ 2*3*4 [no link] <think>",
    "a\n\n---\n\nb",
    "### Heading\n\n**Ada**: turn\n\n**Bob**: turn",
    "H<sub>2</sub>O",
    "one<br>two<br>- three",
    "> **Ada**: quoted<br>twice\n\n- point<br>going on",
    "5\\. not a list\n\n\\- nor this",
]


@pytest.mark.parametrize("source", MARKDOWN)
def test_html_to_markdown_round_trips(source: str) -> None:
    def bare(html: str) -> str:
        return re.sub(r"\s+", " ", html.replace("<br>\n", "<br>"))

    html = render(source)
    assert bare(render(to_markdown(html))) == bare(html)


# --- llms.txt


def lines(client: Client) -> list[str]:
    answer = client.get("/llms.txt")
    assert answer.status_code == 200
    return answer.content.decode().splitlines()


def test_llms_txt_lists_notes_with_review(client: Client, episode: Episode) -> None:
    found = lines(client)
    assert (found[0], found[2][:2]) == ("# Greenroom", "> ")
    assert [line for line in found if line.startswith("#")] == [
        "# Greenroom",
        *(f"## {gettext(heading)}" for heading in ("Newest notes", "Lists", "Feeds")),
        "## Optional",
    ]
    [standing] = review_statuses([episode]).values()
    assert f"- [Talk: one](http://testserver/episodes/talk.md): {standing.line}; 2024-05-01; Ada" in found
    addresses = re.findall(r"\]\(http://testserver([^)]+)\)", "\n".join(found))
    assert {client.get(address).status_code for address in addresses} == {200}


def test_llms_txt_of_empty_site_is_short(client: Client) -> None:
    factories.episode()
    assert [line for line in lines(client) if line.startswith(("#", "-"))] == ["# Greenroom"]


# Expect 4 queries: the site state, the episodes, their credits, the sections.
def test_llms_txt_lists_newest_with_constant_queries(
    client: Client, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(llms_txt, "MAX_EPISODES", 3)
    for _number in range(5):
        factories.public_episode()
    with django_assert_num_queries(4):
        found = lines(client)
    assert sum(line.count(".md)") for line in found) == 3
    assert not any("/predictions/" in line or "/tags/" in line for line in found)


@pytest.mark.parametrize(
    "note",
    [
        "A \\` sign, *then* &lt;script&gt;alert(1)&lt;/script&gt; <think>",
        "`` a`b `` *then* &lt;script&gt;alert(1)&lt;/script&gt; <think>",
        "[there](http://a.example/><script>alert&#40;1&#41;</script>)",
    ],
)
def test_page_text_becomes_no_markdown_markup(note: str) -> None:
    html = render(note)
    assert "<script" not in html
    assert re.search(r"(?<!\\)<(?:script|think)", to_markdown(html)) is None


@pytest.mark.parametrize("words", ["a`b", "`a", "a``", "a ``` b", "x"])
def test_code_with_backticks_stays_the_same_code(words: str) -> None:
    html = f"<p><code>{words}</code> and <em>more</em></p>"
    assert render(to_markdown(html)) == html


def test_source_url_cannot_end_its_link(client: Client) -> None:
    made = factories.full_episode(slug="talk", source_url="https://a.example/x>y<z.mp3")
    assert "(<https://a.example/x%3Ey%3Cz.mp3#t=65>)" in client.get("/en/episodes/talk.md").content.decode()
    assert made.source_url == "https://a.example/x>y<z.mp3"
