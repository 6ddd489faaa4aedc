"""Headers of other programs, from file to page: none is ever shown, and their wishes are obeyed."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client

from episodes.exporting.exporter import compose
from episodes.models import Episode, Finding, Note
from tests import factories
from tests.episodes.importing.adoptions import rows_of
from tests.shared import SHARED, require

pytestmark = pytest.mark.django_db

SECRET = "kwyjibo"
BODY = "\n### Opening\n\nWords that anybody may read.\n"
YAML = f"title: A title\ndate: 2024-03-05\nexclude: true\nprivate_contact: {SECRET}\n"
TOML = f'title = "A title"\ndate = 2024-03-05\nexclude = true\nprivate_contact = "{SECRET}"\n'
JSON = f'{{\n  "title": "A title",\n  "date": "2024-03-05",\n  "exclude": true,\n  "private_contact": "{SECRET}"\n}}\n'
FENCED = f"---\n{YAML}---\n{BODY}"

# Readable headers: their keys are fields, and `exclude` is obeyed.
READ = {
    "blank line first": "\n\n" + FENCED,
    "blanks and a tab first": " \t\n" + FENCED,
    "comment first": "<!-- made by a script -->\n" + FENCED,
    "comment of many lines first": "<!--\nmade\n\nby hand\n-->\n\n" + FENCED,
    "comment of Obsidian first": "%% made by a script %%\n" + FENCED,
    "two comments first": "<!-- a -->\n%% b %%\n" + FENCED,
    "remark first": "# made by a script\n" + FENCED,
    "under the title": f"# A title\n\n---\n{YAML}---\n{BODY}",
    "mark of byte order twice": "\ufeff\ufeff" + FENCED,
    "mark of byte order and blank line": "\ufeff\n" + FENCED,
    "nothing to see first": "\u200b\u2060" + FENCED,
    "nothing to see behind the fence": FENCED.replace("---\n", "---\u200b \n", 1),
    "trailing blanks": FENCED.replace("---\n", "---  \t\n"),
    "four dashes": FENCED.replace("---\n", "----\n"),
    "indented": "".join(f"  {line}\n" if line else "\n" for line in FENCED.split("\n")[:6]) + BODY,
    "dots at the end": f"---\n{YAML}...\n{BODY}",
    "returns alone": FENCED.replace("\n", "\r"),
    "returns alone and a blank line": ("\n" + FENCED).replace("\n", "\r"),
    "Windows": FENCED.replace("\n", "\r\n"),
    "Windows and a blank line": ("\n" + FENCED).replace("\n", "\r\n"),
    "mixed line ends": FENCED.replace("\n", "\r", 3).replace("Opening\n", "Opening\r\n"),
    "upper case": FENCED.replace("title:", "TITLE:").replace("exclude: true", "EXCLUDE: Yes"),
    "TOML": f"+++\n{TOML}+++\n{BODY}",
    "TOML after a blank line": f"\n+++\n{TOML}+++\n{BODY}",
    "TOML on Windows": f"+++\n{TOML}+++\n{BODY}".replace("\n", "\r\n"),
    "TOML with returns alone": f"+++\n{TOML}+++\n{BODY}".replace("\n", "\r"),
    "TOML after a comment": f"<!-- a -->\n+++\n{TOML}+++\n{BODY}",
    "TOML with a table": f"+++\n{TOML}[params]\nmore = '{SECRET}'\n+++\n{BODY}",
    "JSON": JSON + BODY,
    "JSON in one line": JSON.replace("\n", " ") + "\n" + BODY,
    "JSON after a mark of byte order": "\ufeff" + JSON + BODY,
    "JSON with returns alone": (JSON + BODY).replace("\n", "\r"),
}

# Unreadable headers.
NOT_READ = {
    "TOML never closed": f"+++\n{TOML}{BODY}",
    "TOML with blank lines never closed": f"+++\n{TOML.replace(chr(10), chr(10) * 2)}{BODY}",
    "TOML that is broken": f'+++\ntitle = "A title\n{TOML}+++\n{BODY}',
    "JSON that is broken": JSON.replace('"exclude"', "exclude") + BODY,
    "JSON with a comma too many": JSON.replace('"\n}', '",\n}') + BODY,
    "JSON never closed": JSON.replace("}", "") + BODY,
    "YAML that is broken after a blank line": f"\n---\n- a\nb: [\n{YAML}---\n{BODY}",
    "YAML never closed after a blank line": f"\n---\n{YAML}{BODY}",
    "code fence": f"```yaml\n{YAML}```\n{BODY}",
    "code fence with the fences in it": f"```\n---\n{YAML}---\n```\n{BODY}",
    "code fence of tildes": f"~~~yaml\n{YAML}~~~\n{BODY}",
    "semicolons": f";;;\n{JSON};;;\n{BODY}",
    "long dashes": f"———\n{YAML}———\n{BODY}",
    "dashes joined by a phone": f"—-\n{YAML}—-\n{BODY}",
    "name of the format behind the fence": f"---yaml\n{YAML}---\n{BODY}",
    "JSON between dashes with its name": f"---json\n{JSON}---\n{BODY}",
    "keys without fences": YAML + BODY,
    "keys without fences after a blank line": "\n" + YAML + BODY,
    "keys of Pelican": YAML.replace("exclude: true", "Status: hidden").title() + BODY,
    "fields of Dataview": YAML.replace(": ", ":: ") + BODY,
    "keywords of Org": "".join(f"#+{line}\n" for line in YAML.upper().splitlines()) + BODY,
    "drawer of Org": ":PROPERTIES:\n" + "".join(f":{line}\n" for line in YAML.splitlines()) + ":END:\n" + BODY,
    "quoted": "".join(f"> {line}\n" for line in f"---\n{YAML}---".splitlines()) + BODY,
    "a list of bold keys": "".join(f"- **{line.replace(': ', '**: ')}\n" for line in YAML.splitlines()) + BODY,
    "module of JavaScript": f"export const meta = {JSON}{BODY}",
    "in a comment": f"<!--\n{YAML}-->\n{BODY}",
    "with the commands of Nikola": "<!--\n" + "".join(f".. {line}\n" for line in YAML.splitlines()) + f"-->\n{BODY}",
    "header twice": f"---\ntitle: A title\ndate: 2024-03-05\n---\n---\n{YAML}---\n{BODY}",
    "keys under the title": f"# A title\n\n{YAML}{BODY}",
    "further down": f"Some words.\n\n---\n{YAML}---\n{BODY}",
    "further down in TOML": f"Some words.\n\n+++\n{TOML}+++\n{BODY}",
    "keys under a line of words": f"A title\n{YAML}{BODY}",
    "keys at the end": f"{BODY}\n{YAML}",
    "keys under a heading": f"## Facts\n\n{YAML}{BODY}",
    "keys in a tag": f"<pre>\n{YAML}</pre>\n{BODY}",
    "keys in a fold": f"<details>\n\n{YAML}\n</details>\n{BODY}",
    "a table": "| key | value |\n|---|---|\n"
    + "".join(f"| {line.replace(':', ' |')} |\n" for line in YAML.splitlines())
    + BODY,
    "module of JavaScript after an import": f"import X from 'x'\n\nexport const frontmatter = {JSON}{BODY}",
    "attributes of AsciiDoc": "= A title\n" + "".join(f":{line}\n" for line in YAML.splitlines()) + BODY,
    "pairs of an INI file": f"[meta]\n{TOML}{BODY}",
    "a list of JSON": f"[{JSON.replace(chr(10), ' ')}]\n{BODY}",
    "a code fence of JSON": f"```json\n{JSON.replace(chr(10), ' ')}\n```\n{BODY}",
    "JSON at the end": f"{BODY}\n{JSON.replace(chr(10), ' ')}\n",
    "links that lead nowhere": "".join(f"[//]: # ({line})\n" for line in YAML.splitlines()) + BODY,
    "line ends nobody knows": f"---\u2028{YAML.replace(chr(10), chr(0x2028))}---\u2028\n{BODY}",
}


def current() -> Note:
    return Note.objects.get(state=Note.State.CURRENT)


def imported(tmp_path, text: str) -> Episode:
    (tmp_path / "in").mkdir(exist_ok=True)
    (tmp_path / "in" / "note.md").write_bytes(text.encode())
    call_command("import_notes", str(tmp_path / "in"), verbosity=0)
    return current().episode


def outputs(client: Client, episode: Episode) -> str:
    addresses = [f"/episodes/{episode.slug}/", f"/episodes/{episode.slug}.md", "/", "/feed/", "/episodes/", "/llms.txt"]
    return "\n".join(client.get(address).content.decode() for address in addresses)


def adopted(tmp_path, *args: str) -> list[tuple[str, str]]:
    rows = rows_of(tmp_path, tmp_path / "in", "--published-at", "2024-05-01", *args)
    return [(row["outcome"], row["reason"]) for row in rows]


@pytest.mark.parametrize("name", READ)
def test_readable_header_is_obeyed(name, tmp_path, client: Client):
    text = READ[name]
    episode = imported(tmp_path, text)
    assert (episode.title, str(episode.aired_on)) == ("A title", "2024-03-05")
    assert {str(value).lower() for key, value in episode.extra.items() if key.lower() == "exclude"} <= {"true", "yes"}
    assert [(section.heading, section.text) for section in episode.sections.all()] == [
        ("Opening", "Words that anybody may read.")
    ]
    assert not Finding.objects.filter(code="header-not-read").exists()
    assert compose(episode, current()).text == text
    assert adopted(tmp_path) == [("left-out", "exclude")]
    assert set(Episode.objects.public()) == set()
    assert adopted(tmp_path, "--include", "exclude") == [("adopted", "")]
    page = outputs(client, episode)
    assert "Words that anybody may read." in page
    assert SECRET not in page.lower()


@pytest.mark.parametrize("name", NOT_READ)
def test_unread_header_is_an_error(name, tmp_path, client: Client):
    text = NOT_READ[name]
    episode = imported(tmp_path, text)
    assert set(Finding.objects.filter(code="header-not-read").values_list("severity", "state")) == {("error", "open")}
    assert compose(episode, current()).text == text
    assert adopted(tmp_path) == [("left-out", "header-not-read")]
    assert set(Episode.objects.public()) == set()
    assert adopted(tmp_path, "--include", "header-not-read", "--include", "exclude", "--include", "hidden") == [
        ("adopted", "")
    ]
    page = outputs(client, episode)
    assert "Words that anybody may read." in page
    assert SECRET not in page.lower()


@pytest.mark.parametrize("letter", "abcde")
def test_shared_cases_are_not_published(letter, tmp_path, client: Client):
    require((SHARED / "cases").is_dir(), "the cases are not here (../shared/cases)")
    (path,) = (SHARED / "cases").glob(f"h1{letter}_*.md")
    episode = imported(tmp_path, path.read_bytes().decode())
    assert adopted(tmp_path) == [("left-out", "exclude")]
    assert adopted(tmp_path, "--include", "exclude") == [("adopted", "")]
    page = outputs(client, episode)
    assert "只给自己看的话" in page
    assert "门牌" not in page


@pytest.mark.parametrize(
    "text",
    [
        "主持人：张三\n嘉宾：李四\n\n欢迎收听。\n",
        "Host: Ann\nGuest: Bo\n\nWelcome.\n",
        "Ann: Hello.\nBo: Hello.\nAnn: How are you?\nBo: Fine.\n",
        "# A title\n\nNote: these are my words.\n\nMore.\n",
        "Some words.\n\n---\n\nMore words: with a colon.\n\n---\n\nThe end.\n",
        "```python\nx: int = 1\n```\n\nWords.\n",
        "Words.\n\n```yaml\n---\ntitle: x\nexclude: true\n---\n```\n",
        "- One: a thing\n- Two: another\n\nWords.\n",
        "50%% of it, then 100%%.\n",
        "[Chapter 1]: the beginning\n\nWords.\n",
    ],
)
def test_prose_is_not_a_header(text, tmp_path):
    episode = imported(tmp_path, text)
    assert not Finding.objects.filter(code="header-not-read").exists()
    shown = "".join(section.text for section in episode.sections.all())
    assert "".join(shown.split()) == "".join(text.removeprefix("# A title").split())


# --- writing


@pytest.mark.parametrize("name", ["TOML", "TOML with a table", "JSON", "JSON in one line", "returns alone", "Windows"])
def test_edit_keeps_format_of_header(name, tmp_path):
    text = READ[name]
    episode = imported(tmp_path, text)
    episode.title, episode.series = 'A "better" title', "A series"
    episode.save()
    factories.tag(episode, "tide") if hasattr(factories, "tag") else episode.tags.add("tide")
    composed = compose(episode, current())
    assert composed.left_out == []
    changed = composed.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    same = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [
        line for line in same if "A title" not in line and "private_contact" not in line and line not in changed
    ] == []
    assert ("\n" in composed.text, "\r" in composed.text) == ("\n" in text, "\r" in text)
    Episode.objects.all().delete()
    again = imported(tmp_path, composed.text)
    assert (again.title, again.series, [tag.name for tag in again.tags.all()]) == (
        'A "better" title',
        "A series",
        ["tide"],
    )
    assert again.extra == episode.extra


@pytest.mark.parametrize("name", ["TOML", "JSON", "returns alone", "comment first"])
def test_changed_note_is_merged_by_field(name, tmp_path):
    episode = imported(tmp_path, READ[name])
    episode.series = "Of an editor"
    episode.save()
    imported(tmp_path, READ[name].replace("A title", "Another title").replace("may read", "can read"))
    episode.refresh_from_db()
    assert (episode.title, episode.series) == ("Another title", "Of an editor")
    assert [section.text for section in episode.sections.all()] == ["Words that anybody can read."]
    assert not Finding.objects.filter(code="kept-yours").exists()
