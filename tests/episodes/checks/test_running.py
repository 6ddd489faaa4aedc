"""Running the checks: replacement of findings, their language, number of queries, time."""

import time

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes import checks
from episodes.checks import Fault, Subject, registry
from episodes.importing.loader import Loader
from episodes.models import Episode, Finding
from episodes.workflow import guards
from people.models import Alias
from tests import factories
from tests.episodes.checks.subjects import GOOD, named, text
from tests.episodes.desk.form_data import fill

NOTE = """---
title: 机器与织布机
source: https://www.youtube.com/watch?v=abcdefghijk&t
speaker: Ada Lovelace
people:
  - ada-lovelace
  - 韩梅梅
  - 孔夫子
---

### 开始

**韩梅梅** 和 **李雷** 说（此处应为织布）机器，

<!-- chunk 1/2 -->

### 结束

他们走了。
"""


def found(episode, **filters):
    return set(episode.findings.filter(origin="check", **filters).values_list("code", flat=True))


@pytest.mark.django_db
def test_run_replaces_only_open_check_findings():
    episode = factories.episode(title="", source_url="", summary="")
    checks.run(episode)
    assert found(episode) == {"no-title", "no-source", "no-summary", "no-speaker"}
    episode.findings.filter(code="no-title").update(state="waived")
    episode.findings.filter(code="no-source").update(state="resolved")
    for origin in ("import", "person"):
        episode.findings.create(code="c", severity="info", message="m", origin=origin, fingerprint=origin)
    episode.title = episode.source_url = episode.summary = "Well"
    episode.save()
    checks.run(episode)
    assert dict(episode.findings.values_list("fingerprint", "state")).keys() >= {"import", "person"}
    assert found(episode, state="open") == {"no-speaker", "source-malformed"}
    assert found(episode, state="waived") | found(episode, state="resolved") == {"no-title", "no-source"}


@pytest.mark.django_db
def test_repeated_finding_keeps_row_with_new_message():
    episode = factories.episode()
    factories.quote(episode, label="Ada")
    checks.run(episode)
    before = episode.findings.get(code="speaker-unresolved")
    factories.quote(episode, label="Ada", text="Other words.")
    checks.run(episode)
    now = episode.findings.get(code="speaker-unresolved")
    assert (now.pk, now.params["count"], before.params["count"]) == (before.pk, 2, 1)
    assert "2 quotes" in now.message
    now.state = "waived"
    now.save()
    factories.quote(episode, label="Ada", text="And others.")
    checks.run(episode)
    now.refresh_from_db()
    assert (now.params["count"], now.state) == (2, "waived")


@pytest.mark.django_db
def test_obsolete_repair_becomes_null():
    episode = factories.episode(duration=60)
    quote = factories.quote(episode, start_raw="12：30", start=None)
    checks.run(episode)
    assert episode.findings.filter(repair__isnull=False).get().repair == {"start": 750}
    before = episode.findings.get(code="time-unreadable")
    Finding.objects.filter(pk=before.pk).update(fingerprint=Fault("x", "info", "m").fingerprint())
    now = Fault("x", "info", "m")
    checks.replace(episode, [now], "check")
    assert episode.findings.get().message == "m"
    assert not episode.findings.filter(repair__isnull=False).exists()
    assert quote.start is None


@pytest.mark.django_db
def test_import_finds_same_as_run():
    factories.entity("李雷", kind="person")
    Alias.objects.create(name="梅梅", entity=factories.entity("韩梅梅", kind="person"))
    factories.episode(source_url="https://youtu.be/abcdefghijk", source_id="youtube:abcdefghijk", language="en")
    result = Loader().load("n.md", NOTE.encode())
    episode = Episode.objects.get(pk=result.episode_id)
    stored = {f.fingerprint: (f.code, f.message, f.repair) for f in episode.findings.filter(origin="check")}
    assert {code for code, _message, _repair in stored.values()} == {
        "no-summary", "source-stray", "translation-untied", "name-like-an-address", "name-not-listed", "doubt",
        "leftover", "text-cut", "person-not-in-text",
    }  # fmt: skip
    episode.findings.all().delete()
    checks.run(episode)
    again = {f.fingerprint: (f.code, f.message, f.repair) for f in episode.findings.filter(origin="check")}
    assert again == stored


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [2, 30])
def test_number_of_queries_is_constant(rows, django_assert_num_queries):
    episode = factories.episode()
    fill(episode, rows)
    # Expect 11: eight kinds of rows, aliases of mentioned entities, known names, other episodes. Known names are not
    # queried if nothing is in bold.
    with django_assert_num_queries(10):
        Subject.loaded(episode)
    factories.episode().sections.create(text="**Bold**")
    episode.sections.create(text="**Bold**")
    with django_assert_num_queries(11):
        list(checks.faults(Subject.loaded(episode)))


@pytest.mark.django_db
def test_rejected_rows_are_not_checked():
    episode = factories.episode(duration=60)
    factories.quote(episode, start=99, status="rejected", reject_code="trivial")
    episode.sections.create(text="他说（疑为织布），", status="rejected", reject_code="trivial")
    assert not {"time-beyond-duration", "doubt"} & {fault.code for fault in checks.faults(Subject.loaded(episode))}


# --- language


@pytest.mark.django_db
def test_finding_is_stored_english_and_shown_translated(monkeypatch):
    episode = factories.episode(duration=60)
    with translation.override("zh-hans"):
        fault = Fault("c", "error", "The title is missing.", episode, "title")
        more = Fault("d", "error", "%(time)s lies beyond.", episode, evidence="e", params={"time": "00:01:39"})
        Finding.objects.bulk_create(each.as_finding(episode, "check") for each in (fault, more))
        chinese = {"The title is missing.": "没有标题。", "%(time)s lies beyond.": "%(time)s 太晚。"}
        monkeypatch.setattr("episodes.bases.stored_messages.gettext", lambda words: chinese.get(words, words))
        plain, filled = episode.findings.order_by("code")
        assert (plain.message, filled.message) == ("The title is missing.", "00:01:39 lies beyond.")
        assert (plain.text, filled.text, str(filled)) == ("没有标题。", "00:01:39 太晚。", "00:01:39 太晚。")
        assert next(guards.blocking_findings(episode)).endswith("没有标题。")


@pytest.mark.parametrize(
    "more",
    [
        {"template": "%(gone)s is gone.", "params": {"other": 1}},
        {"template": "100 % wrong", "params": {"x": 1}},
        {"origin": "person", "message": "The title is missing."},
        {},
    ],
)
def test_finding_always_has_text(more):
    finding = Finding(**{"message": "As it was.", "origin": "check", **more})
    assert finding.text == finding.message


def test_fingerprint_ignores_changing_details():
    one = Fault("c", "info", "%(count)d times", params={"count": 1})
    assert one.fingerprint() == Fault("c", "info", "%(count)d times", params={"count": 2}).fingerprint()
    assert one.fingerprint() != Fault("c", "info", "%(count)d times", evidence="x").fingerprint()


# --- any text, and long ones

MARKS = st.sampled_from([
    "**", "<details>", "</details>", "</detais>", "（", "）", "疑为", "可能是", "Claude Code", "cloud code", "\n\n",
    "```", "<!-- chunk 1/2 -->", "`", "$", "конечно", "リ", "，", "词", "word ", "\r\n", "[", "](", "#", "> ",
])  # fmt: skip
TEXTS = st.lists(st.one_of(MARKS, st.text(max_size=20)), max_size=40).map("".join)


def subject_of(words):
    return Subject(
        Episode(pk=1, **{**GOOD, "title": words[:500], "summary": words, "source_url": words[:200]}),
        sections=[text(words), text(words)],
        mentions=[named("Claude Code", "product"), named(words[:50] or "x"), named("韩梅梅")],
    )


@given(TEXTS)
@settings(max_examples=300)
def test_any_text_passes_all_checks(words):
    for fault in checks.faults(subject_of(words)):
        assert fault.sentence
        if fault.at is not None:
            assert 0 <= fault.at <= len(fault.target.text)


LONG = [
    "**", "(", "（疑为", "<details>", "</details>", "<!--", "`", "a", "词", "，\n", "\n", "**a** ", "可能是", " ", "[",
    "cloud code ", "<details>cloud code</details>Claude Code ", "**Claude Code", "```\n", "> ", "а", "ー", "***",
    "<details", "</d", "__", "[x](", "# ", "ab-", "以下是",
]  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_half_a_megabyte_is_checked_quickly(piece):
    subject = subject_of("x")
    subject.sections = [text(piece * (500_000 // len(piece)))]
    subject.episode.summary = piece * (20_000 // len(piece))
    for check in registry.REGISTRY:
        began = time.process_time()
        list(check(subject))
        assert time.process_time() - began < 3, check.__name__


@given(st.lists(MARKS, min_size=1, max_size=4).map("".join), st.sampled_from(["", " ", "\t", "a", "词", "*"]))
@settings(max_examples=60)
def test_repeated_marks_are_checked_quickly(piece, before):
    subject = subject_of("x")
    subject.sections = [text(before * 50_000 + piece * (50_000 // len(piece)) + before * 50_000)]
    began = time.process_time()
    list(checks.faults(subject))
    assert time.process_time() - began < 3
