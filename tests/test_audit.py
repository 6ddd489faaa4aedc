"""The audit log: acts after their commit, refusals, and nothing of a draft's content."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from config import audit
from config.settings import LOGGING
from episodes.importing import read_ahead
from episodes.management import batches
from episodes.models import Episode
from episodes.workflow import Refused, adopt_all, approve_and_publish, publish_changes, revise, transition, undo
from tests import factories
from tests.episodes.desk.form_data import signed_in

pytestmark = pytest.mark.django_db

WORD = "kwyjibo"


@pytest.fixture
def logged_by(caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any) -> Any:
    """Run a function as a committed transaction and return the lines it logged."""
    caplog.set_level(logging.INFO)

    def run(function: Any, *args: Any, **kwargs: Any) -> list[str]:
        caplog.clear()
        with django_capture_on_commit_callbacks(execute=True):
            function(*args, **kwargs)
        return [record.getMessage() for record in caplog.records if record.name == "greenroom"]

    return run


def test_transitions_are_logged(logged_by: Any) -> None:
    episode, editor, publisher = factories.episode(title=WORD), factories.editor(), factories.publisher()
    key = episode.pk
    assert logged_by(transition, episode, "in_review", editor) == [
        f"episode-in_review by=edith episode={key} from=draft"
    ]
    assert logged_by(transition, episode, "approved", editor) == [
        f"episode-approved by=edith episode={key} from=in_review"
    ]
    assert logged_by(transition, episode, "published", publisher) == [
        f"episode-published by=paul episode={key} from=approved"
    ]
    assert logged_by(transition, episode, "withdrawn", publisher, WORD) == [
        f"episode-withdrawn by=paul episode={key} from=published"
    ]


def test_bulk_adoption_is_logged_once(logged_by: Any) -> None:
    episodes = [factories.episode() for _number in range(3)]
    moments = {episode.pk: episode.created_at for episode in episodes}
    Episode.objects.filter(pk=episodes[0].pk).update(version=9)
    (line,) = logged_by(adopt_all, episodes, factories.publisher(), "Public before.", moments)
    assert line.startswith("episodes-adopted by=paul episodes=2 refused=1 act=")


def test_published_changes_are_logged(logged_by: Any) -> None:
    episode = factories.public_episode()
    everything = factories.person("alma", is_superuser=True)
    copy = revise(episode, everything)
    transition(copy, "approved", everything)
    assert logged_by(publish_changes, copy, everything) == [f"changes-published by=alma episode={episode.pk}"]


def test_each_transition_of_act_is_logged(logged_by: Any) -> None:
    episode, everything = factories.episode(), factories.person("alma", is_superuser=True)
    assert [line.split()[0] for line in logged_by(approve_and_publish, episode, everything)] == [
        "episode-in_review",
        "episode-approved",
        "episode-published",
    ]


def refused(function: Any, *args: Any) -> None:
    with pytest.raises(Refused):
        function(*args)


def test_refusals_are_logged_without_reasons(logged_by: Any) -> None:
    episode = factories.episode(title=WORD)
    key = episode.pk
    by = "by=edith"
    assert logged_by(refused, transition, episode, "published", factories.editor(), WORD) == [
        f"refused act=transition to=published {by} episode={key}"
    ]
    assert logged_by(refused, revise, episode, factories.editor()) == [f"refused act=revise {by} episode={key}"]
    assert logged_by(refused, undo, episode, factories.editor()) == [f"refused act=undo {by} episode={key}"]
    item = factories.quote(episode, text=WORD)
    assert logged_by(refused, transition, item, "rejected", factories.editor(), WORD) == [
        f"refused act=transition to=rejected {by} quote={item.pk}"
    ]


def test_stale_refusal_is_logged_as_stale(logged_by: Any) -> None:
    episode = factories.episode()
    Episode.objects.update(version=5)
    (line,) = logged_by(refused, transition, episode, "in_review", factories.editor())
    assert line == f"refused act=transition to=in_review by=edith episode={episode.pk} stale=True"


def test_rolled_back_act_is_not_logged(logged_by: Any) -> None:
    episode = factories.episode()

    def rolled_back() -> None:
        with transaction.atomic():
            transition(episode, "in_review", factories.editor())
            transaction.set_rollback(True)

    assert logged_by(rolled_back) == []


def test_forbidden_view_is_logged(logged_by: Any) -> None:
    episode = factories.episode()
    client = signed_in(factories.person("nobody"))
    path = f"/admin/episodes/episode/{episode.pk}/publish/"
    assert logged_by(client.post, path) == [f"refused by=nobody view=admin:episodes_episode_publish pk={episode.pk}"]


def test_import_is_logged_once(logged_by: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.getpass, "getuser", lambda: "root")
    good, bad = tmp_path / "a.md", tmp_path / "b.md"
    good.write_text(f"---\ntitle: {WORD}\n---\n\nWords.\n")
    assert logged_by(call_command, "import_notes", str(tmp_path), verbosity=0) == [
        "notes-imported by=shell:root given=1 created=1"
    ]
    assert logged_by(call_command, "import_notes", str(tmp_path), "--dry-run", verbosity=0) == []
    bad.write_bytes(b"\xff\xfe\xfa")

    def fails() -> None:
        with pytest.raises(CommandError):
            call_command("import_notes", str(tmp_path), verbosity=0)

    assert logged_by(fails) == ["notes-imported by=shell:root given=2 unchanged=1 failed=1"]


def test_interrupted_import_is_logged(logged_by: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.getpass, "getuser", lambda: "root")
    monkeypatch.setattr(read_ahead, "BATCH", 1)
    for name in "ab":
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n\nWords.\n")
    store, calls = batches._stored, []

    def interrupted(batch: Any, *args: Any) -> Any:
        if calls:
            raise KeyboardInterrupt
        calls.append(batch)
        return store(batch, *args)

    monkeypatch.setattr(batches, "_stored", interrupted)

    def fails() -> None:
        with pytest.raises(KeyboardInterrupt):
            call_command("import_notes", str(tmp_path), verbosity=0)

    assert logged_by(fails) == ["notes-imported by=shell:root given=2 created=1"]


def test_loaddata_is_logged(logged_by: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.getpass, "getuser", lambda: "root")
    note = tmp_path / "a.md"
    note.write_text(f"---\ntitle: {WORD}\n---\n\nWords.\n")
    assert logged_by(call_command, "loaddata", str(note), verbosity=0) == [
        "fixtures-loaded by=shell:root files=1 objects=1"
    ]


def test_value_cannot_forge_log_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    audit.record("act", name="a b=c\nd\u2028é", number=3)
    assert caplog.messages == ["act name='a b=c\\nd\\u2028\\xe9' number=3"]


def test_operator_without_name_is_uid(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("uid not found: 1234")

    monkeypatch.setattr(audit.getpass, "getuser", unknown)
    assert audit.operator() == f"shell:{audit.os.getuid()}"


def test_log_lines_begin_with_time() -> None:
    line: Any = LOGGING["formatters"]
    made = logging.Formatter(line["line"]["format"], style="{").format(
        logging.makeLogRecord({"name": "greenroom", "levelname": "INFO", "msg": "act", "created": 0.0})
    )
    assert made.split(",")[0].count("-") == 2
    assert made.endswith("INFO greenroom act")


def test_every_act_logs_refusals() -> None:
    """Each public function of the workflow that may refuse is decorated or consists of decorated ones."""
    from episodes import workflow

    inside = {"adopt_all", "edited", "make_copy", "save_words", "words_changed", "report", "Refused", "Stale"}
    refusing = {
        name
        for name in workflow.__all__
        if callable(function := getattr(workflow, name)) and "Refused" in (function.__doc__ or "")
    }
    undecorated = {name for name in refusing if not hasattr(getattr(workflow, name), "__wrapped__")}
    assert undecorated <= inside
