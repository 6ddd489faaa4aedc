"""Suggested fixes: each form applied, bulk fixes with preview, undone as one act."""

import pytest
from django.utils import timezone, translation

from episodes import checks, workflow
from episodes.desk import bulk_repair, repair
from episodes.models import Decision, Episode, Finding, Section
from episodes.workflow import Refused
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    messages_of,
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db

FOLDED = "**Claude Code** 好用。\n<details>\nI like {} a lot.\n</details>"


@pytest.fixture
def client():
    return signed_in(factories.editor())


def checked(**fields):
    """Create a Chinese draft and run the checks."""
    return factories.episode(**{"language": "zh-Hans", "summary": "s", **fields})


def finding_of(episode, code):
    checks.run(episode)
    return episode.findings.get(code=code)


def open_codes(episode):
    checks.run(episode)
    return set(episode.findings.open().values_list("code", flat=True))


# --- one fix of each form


def test_a_time_an_address_and_a_summary():
    episode = checked(duration=3600, source_url="https://youtu.be/abcdefghijk?si=x", summary="So **bold**.")
    quote = factories.quote(episode, start=111_600, status="draft", speaker=factories.speaker())
    for code in ("time-beyond-duration", "source-stray", "summary-markdown"):
        repair.apply(finding_of(episode, code).pk, factories.editor())
        assert code not in open_codes(Episode.objects.get(pk=episode.pk))
    quote.refresh_from_db()
    episode.refresh_from_db()
    assert (quote.start, episode.summary) == (1860, "So bold.")
    assert episode.source_url == "https://www.youtube.com/watch?v=abcdefghijk"


def misheard(heard="cloud code", **fields):
    episode = checked(**fields)
    factories.mention(episode, factories.entity("Claude Code", kind="product"))
    section = Section.objects.create(episode=episode, text=FOLDED.format(heard))
    return section, finding_of(episode, "name-misheard")


def test_words_in_a_text():
    section, wrong = misheard()
    assert "cloud code" not in repair.proposal(wrong)
    repair.apply(wrong.pk, factories.editor())
    section.refresh_from_db()
    assert section.text == FOLDED.format("Claude Code")
    assert "name-misheard" not in open_codes(section.episode)


def test_missing_text_is_not_replaced():
    section, wrong = misheard()
    Section.objects.filter(pk=section.pk).update(text="Something else.")
    with translation.override("en"), pytest.raises(Refused, match="it no longer contains “cloud code”"):
        repair.apply(wrong.pk, factories.editor())
    section.refresh_from_db()
    assert (section.text, section.version, section.episode.version) == ("Something else.", 1, 1)


def test_replacement_keeps_later_edits_around_it():
    section, wrong = misheard()
    Section.objects.filter(pk=section.pk).update(text="New. " + section.text)
    repair.apply(wrong.pk, factories.editor())
    section.refresh_from_db()
    assert section.text == "New. " + FOLDED.format("Claude Code")


def test_a_guest_is_credited():
    episode = checked(title="对话 Ada Lovelace")
    factories.mention(episode, factories.entity("Ada Lovelace", kind="person"))
    wrong = finding_of(episode, "person-not-credited")
    assert "Ada Lovelace" in repair.proposal(wrong)
    repair.apply(wrong.pk, factories.editor())
    assert [(row.role, row.label) for row in episode.appearances.all()] == [("guest", "Ada Lovelace")]
    assert "person-not-credited" not in open_codes(episode)
    workflow.undo(Episode.objects.get(pk=episode.pk), factories.editor())
    assert not episode.appearances.exists()
    assert "person-not-credited" in open_codes(episode)


def test_a_known_name_is_listed():
    factories.entity("李雷", kind="person")
    episode = checked()
    Section.objects.create(episode=episode, text="**李雷** 来了。")
    repair.apply(finding_of(episode, "name-not-listed").pk, factories.editor())
    assert [row.entity.name for row in episode.mentions.all()] == ["李雷"]
    assert "name-not-listed" not in open_codes(episode)


def test_everything_under_a_label_gets_its_speaker():
    episode, ada = checked(), factories.speaker("李明")
    factories.appearance(episode, ada, role="guest")
    said = [factories.quote(episode, label="李明 (Ming Li)"), factories.prediction(episode, label="李明 (Ming Li)")]
    other = factories.quote(episode, label="guest", text="Other words.")
    repair.apply(finding_of(episode, "speaker-spelling").pk, factories.editor())
    for row in (*said, other):
        row.refresh_from_db()
    assert [row.speaker for row in (*said, other)] == [ada, ada, None]
    assert not {"speaker-spelling", "speaker-unresolved"} & open_codes(episode)


def test_fold_cut_statement_and_host_are_fixed():
    episode = checked()
    section = Section.objects.create(episode=episode, text="<details>\nWords.\n</detials>")
    cut = "x" * 80
    quote = factories.quote(episode, text=cut)
    factories.prediction(episode, words=f"{cut} to the end.")
    ada = factories.speaker()
    factories.appearance(episode, ada, role="host")
    host = factories.appearance(episode, label="主持人", role="host")
    for code in ("fold-unbalanced", "statement-cut", "appearance-generic"):
        repair.apply(finding_of(episode, code).pk, factories.editor())
        assert code not in open_codes(Episode.objects.get(pk=episode.pk))
    for row in (section, quote, host):
        row.refresh_from_db()
    assert section.text.endswith("</details>")
    assert (quote.text, host.speaker) == (f"{cut} to the end.", ada)


@pytest.mark.parametrize(
    "proposed",
    [
        {"add": ["decision", {"reason": "x"}]},
        {"add": ["quote", {"text": "x"}]},
        {"add": ["appearance", {"label": ""}]},
        {"add": ["mention", {"entity": 99}]},
        {"speaker_of": ["nobody", 1]},
        {"speaker_of": ["guest", 99]},
        {"title": {"replace": ["", "x"]}},
        {"title": {"replace": ["gone", "x"]}},
        {"title": {"other": 1}, "slug": "x"},
    ],
)
def test_forbidden_fixes_are_refused(proposed):
    episode = factories.episode()
    factories.quote(episode, label="guest")
    made = episode.findings.create(
        code="c", severity="info", message="m", origin="check", target=episode, fingerprint="f", repair=proposed
    )
    with pytest.raises(Refused):
        repair.apply(made.pk, factories.editor())
    episode.refresh_from_db()
    assert (episode.version, episode.appearances.count(), episode.mentions.count()) == (1, 0, 0)
    assert not Decision.objects.exists()


# --- bulk fixes


def page(client, **filters):
    return client.get(page_at("admin:episodes_finding_repairs"), filters)


def apply_all(client, **given):
    last = Finding.objects.order_by("pk").last()
    data = {"last": last.pk if last else 1, **given}
    return client.post(page_at("admin:episodes_finding_repair_all"), data, follow=True)


def titles(rows):
    return [Section.objects.get(pk=row.pk).text for row in rows]


def test_list_links_to_bulk_fixes(client):
    misheard()
    listed = client.get(change_list(Finding), {"code__exact": "name-misheard", "state__exact": "open"})
    assert f"{page_at('admin:episodes_finding_repairs')}?code=name-misheard" in listed.content.decode()
    chosen = page(client).content.decode()
    assert "?code=name-misheard" in chosen
    assert b"Repair all" not in signed_in(factories.publisher()).get(change_list(Finding)).content


def test_preview_shows_changes_without_saving(client):
    section, _wrong = misheard()
    shown = page(client, code="name-misheard").content.decode()
    assert "I like cloud code a lot." in shown
    assert "I like Claude Code a lot." in shown
    assert section.episode.title in shown
    assert titles([section]) == [FOLDED.format("cloud code")]


def test_preview_is_limited_and_counts_all(client, monkeypatch):
    monkeypatch.setattr(bulk_repair, "SHOWN", 2)
    for _ in range(3):
        misheard()
    shown = page(client, code="name-misheard")
    assert (len(shown.context["rows"]), shown.context["total"], shown.context["more"]) == (2, 3, 1)


@pytest.mark.parametrize("rows", [2, 20])
def test_preview_queries_do_not_grow(client, rows, django_assert_max_num_queries):
    for _ in range(rows):
        misheard()
    # Expect 3 for the user, the totals, the findings with their episodes, their targets; the savepoints of none.
    with django_assert_max_num_queries(8):
        page(client, code="name-misheard")


def test_bulk_fix_is_one_undoable_act(client):
    rows = [misheard()[0] for _ in range(3)]
    answer = apply_all(client, code="name-misheard")
    assert messages_of(answer) == ["3 fixes applied."]
    assert titles(rows) == [FOLDED.format("Claude Code")] * 3
    assert not Finding.objects.open().filter(code="name-misheard").exists()
    act = answer.context["act"]
    assert {str(made.act) for made in Decision.objects.all()} == {act}
    assert "Undo this fix" in answer.content.decode()
    undone = client.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act}, follow=True)
    assert messages_of(undone) == ["The fix was undone in all episodes."]
    assert titles(rows) == [FOLDED.format("cloud code")] * 3
    assert Finding.objects.open().filter(code="name-misheard").count() == 3
    again = client.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act}, follow=True)
    assert messages_of(again) == ["There is nothing to undo."]


def test_filtered_findings_are_not_fixed(client):
    one, two = misheard()[0], misheard()[0]
    assert messages_of(apply_all(client, code="name-misheard", episode=one.episode_id)) == ["1 fix applied."]
    assert titles([one, two]) == [FOLDED.format("Claude Code"), FOLDED.format("cloud code")]
    assert messages_of(apply_all(client, code="name-misheard", severity="error")) == ["There was nothing left to fix."]
    assert messages_of(apply_all(client, code="bold-odd")) == ["There was nothing left to fix."]


def test_later_findings_are_not_applied_unseen(client):
    one, wrong = misheard()
    two, _later = misheard()
    apply_all(client, code="name-misheard", last=wrong.pk)
    assert titles([one, two]) == [FOLDED.format("Claude Code"), FOLDED.format("cloud code")]


def test_refused_fix_is_named_others_applied(client):
    one, two, three = (misheard()[0] for _ in range(3))
    Episode.objects.filter(pk=two.episode_id).update(status="published", published_at=timezone.now())
    Section.objects.filter(pk=three.pk).update(text="Other.")
    told = messages_of(apply_all(client, code="name-misheard"))
    assert len(told) == 3
    assert "A published episode cannot be edited directly." in told[0]
    assert "it no longer contains “cloud code”" in told[1]
    assert told[2] == "1 fix applied."
    assert titles([one, two, three]) == [FOLDED.format("Claude Code"), FOLDED.format("cloud code"), "Other."]


@pytest.mark.parametrize("given", [{}, {"code": "name-misheard", "last": "x"}, {"last": "1"}])
def test_nothing_is_applied_without_a_choice(client, given):
    section, _wrong = misheard()
    assert "Nothing was changed." in messages_of(apply_all(client, **{"last": "", **given}))[0]
    assert titles([section]) == [FOLDED.format("cloud code")]


@pytest.mark.parametrize("act", ["", "x", "7d4a8c1e-0000-4000-8000-000000000000"])
def test_unknown_act_is_not_undone(client, act):
    answer = client.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act}, follow=True)
    assert messages_of(answer) == ["There is nothing to undo."]


def test_undo_of_another_users_act_is_refused(client):
    rows = [misheard()[0] for _ in range(2)]
    act = apply_all(client, code="name-misheard").context["act"]
    other = signed_in(factories.second_editor())
    answer = other.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act}, follow=True)
    assert messages_of(answer) == ["There is nothing to undo."]
    assert "Undo this fix" not in page(other, act=act).content.decode()
    assert titles(rows) == [FOLDED.format("Claude Code")] * 2


def test_undo_is_all_or_nothing(client):
    rows = [misheard()[0] for _ in range(2)]
    act = apply_all(client, code="name-misheard").context["act"]
    Section.objects.filter(pk=rows[0].pk).update(text="Edited since.")
    answer = client.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act}, follow=True)
    assert rows[0].episode.title in messages_of(answer)[0]
    assert titles(rows) == ["Edited since.", FOLDED.format("Claude Code")]


def test_partial_undo_leaves_rest_undoable(client):
    rows = [misheard()[0] for _ in range(2)]
    act = apply_all(client, code="name-misheard").context["act"]
    workflow.undo(Episode.objects.get(pk=rows[1].episode_id), factories.editor())
    assert titles(rows) == [FOLDED.format("Claude Code"), FOLDED.format("cloud code")]
    client.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act})
    assert titles(rows) == [FOLDED.format("cloud code")] * 2


# --- unticked rows


def test_unticked_fix_stays_open(client):
    rows = [misheard() for _ in range(3)]
    keys = [wrong.pk for _section, wrong in rows]
    html = page(client, code="name-misheard").content.decode()
    assert html.count('name="take"') == html.count('name="shown"') == 3
    told = apply_all(client, code="name-misheard", shown=keys, take=[keys[0], keys[2]])
    assert messages_of(told) == ["2 fixes applied."]
    was, now = FOLDED.format("cloud code"), FOLDED.format("Claude Code")
    assert titles(section for section, _wrong in rows) == [now, was, now]
    assert list(Finding.objects.open().filter(pk__in=keys).values_list("pk", flat=True)) == [keys[1]]


def test_nothing_ticked_applies_nothing(client):
    section, wrong = misheard()
    assert messages_of(apply_all(client, code="name-misheard", shown=[wrong.pk])) == ["There was nothing left to fix."]
    assert titles([section]) == [FOLDED.format("cloud code")]


def test_fix_beyond_preview_is_applied(client):
    (one, first), (two, _second) = misheard(), misheard()
    apply_all(client, code="name-misheard", shown=[first.pk])
    assert titles([one, two]) == [FOLDED.format("cloud code"), FOLDED.format("Claude Code")]


@pytest.mark.parametrize("given", [{"shown": "x"}, {"shown": "9" * 30}, {"take": "x"}])
def test_invalid_key_is_ignored(client, given):
    section, _wrong = misheard()
    apply_all(client, code="name-misheard", **given)
    assert titles([section]) == [FOLDED.format("Claude Code")]


def test_two_fixes_of_one_row_undo_together(client):
    """Undoing must not compare a decision with the row as it was before the decision undone first."""
    rows = []
    for number in range(3):
        episode = checked(title=str(number))
        quote = factories.quote(episode, text="heard words", start=5, status="draft", speaker=factories.speaker())
        for field, repaired in (("start", 31), ("text", {"replace": ["heard", "meant"]})):
            fault = {"code": "double", "severity": "info", "message": "m", "origin": "import", "fingerprint": field}
            episode.findings.create(**fault, target=quote, repair={field: repaired})
        rows.append(quote)

    def now():
        return [(row.start, row.text) for row in type(rows[0]).objects.order_by("pk")]

    act = apply_all(client, code="double").context["act"]
    assert now() == [(31, "meant words")] * 3
    undone = client.post(page_at("admin:episodes_finding_undo_repairs"), {"act": act}, follow=True)
    assert messages_of(undone) == ["The fix was undone in all episodes."]
    assert now() == [(5, "heard words")] * 3
    assert Finding.objects.open().filter(code="double").count() == 6
