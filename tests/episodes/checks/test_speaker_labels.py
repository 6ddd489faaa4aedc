"""Checks of credits and speakers: each with a hit, a near miss and its repair."""

import pytest

from episodes.checks import speaker_labels
from episodes.models import Appearance, Prediction, Quote
from tests.episodes.checks.subjects import codes, look, named


def test_unresolved_labels_are_counted():
    rows = [Quote(label="Ada"), Prediction(label="Ada"), Quote(label="guest"), Quote(label="")]
    found = [(fault.code, fault.sentence) for fault in look(speaker_labels.speaker_unresolved, *rows)]
    assert found == [
        ("speaker-unresolved", "The speaker “Ada” is not identified: 2 quotes and predictions are affected."),
        ("speaker-generic", "The speaker “guest” is not identified: 1 quotes and predictions are affected."),
        ("speaker-generic", "The speaker is not identified: 1 quotes and predictions have no name."),
    ]
    assert codes(speaker_labels.speaker_unresolved, Quote(label="Ada", speaker_id=3)) == []


def test_changed_count_keeps_the_fingerprint():
    one = look(speaker_labels.speaker_unresolved, Quote(label="Ada"))
    two = look(speaker_labels.speaker_unresolved, Quote(label="Ada"), Quote(label="Ada"))
    assert [fault.fingerprint() for fault in one] == [fault.fingerprint() for fault in two]


def test_unknown_credit_is_reported():
    assert codes(speaker_labels.appearance_unresolved, Appearance(label="Ada")) == ["appearance-unresolved"]
    assert codes(speaker_labels.appearance_unresolved, Appearance(label="Ada", speaker_id=3)) == []
    assert codes(speaker_labels.appearance_unresolved, Appearance(label="Speaker 1")) == []


@pytest.mark.parametrize("label", ["guest", "Speaker 1", "嘉宾"])
def test_generic_credit_is_reported(label):
    assert codes(speaker_labels.appearance_generic, Appearance(label=label, role="guest")) == ["appearance-generic"]
    assert codes(speaker_labels.appearance_generic, Appearance(label=label, role="guest", speaker_id=3)) == []
    assert codes(speaker_labels.appearance_generic, Appearance(label="Ada", role="guest")) == []


def test_generic_host_is_reported_beside_named_host():
    nobody = Appearance(label="主持人", role="host")
    assert codes(speaker_labels.appearance_generic, nobody) == []
    [fault] = look(speaker_labels.appearance_generic, nobody, Appearance(label="Ada", role="host", speaker_id=3))
    assert fault.repair == {"speaker": 3}
    two = [Appearance(label=label, role="host", speaker_id=3) for label in ("Ada", "Bob")]
    assert look(speaker_labels.appearance_generic, nobody, *two)[0].repair is None


@pytest.mark.parametrize("other", ["李明 (Ming Li)", "Ming  LI", "李 明", "李明（Ming Li）"])
def test_two_spellings_are_reported(other):
    first = Appearance(label="李明 (Ming Li)" if "Li" not in other else "李明", role="guest", speaker_id=3)
    if other == "Ming  LI":
        first.label = "Ming Li"
    [fault] = look(speaker_labels.speaker_spellings, first, Quote(label=other))
    assert fault.repair == {"speaker_of": [other, 3]}
    assert codes(speaker_labels.speaker_spellings, first, Quote(label=other, speaker_id=3)) == []


def test_two_names_are_not_spellings():
    rows = [Appearance(label="李明", role="guest", speaker_id=3), Quote(label="李明明"), Quote(label="guest")]
    assert codes(speaker_labels.speaker_spellings, *rows) == []


def test_spellings_of_two_speakers_have_no_repair():
    [fault] = look(
        speaker_labels.speaker_spellings,
        Appearance(label="Ada", role="guest", speaker_id=3),
        Quote(label="ADA", speaker_id=4),
    )
    assert fault.repair is None


@pytest.mark.parametrize(
    "words",
    [
        {"title": "Ada Lovelace：机器会思考"},
        {"title": "对话 Ada Lovelace"},
        {"summary": "本期嘉宾**Ada Lovelace**谈机器。"},
        {"summary": "Ada Lovelace在本期访谈中谈机器。"},
    ],
)
def test_uncredited_guest_is_reported(words):
    [fault] = look(speaker_labels.person_not_credited, mentions=[named("Ada Lovelace")], **words)
    assert fault.repair == {"add": ["appearance", {"role": "guest", "label": "Ada Lovelace"}]}
    credit = Appearance(label="Ada", role="guest")
    assert codes(speaker_labels.person_not_credited, credit, mentions=[named("Ada Lovelace")], **words) == []


TITLE = "The title introduces %(name)s, who is not credited."
SUMMARY = "The summary introduces %(name)s, who is not credited."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"title": "对话 Ada Lovelace"}, TITLE),
        ({"title": "对话 Ada Lovelace", "summary": "本期嘉宾 Ada Lovelace 谈机器。"}, TITLE),
        ({"title": "机器", "summary": "本期嘉宾 Ada Lovelace 谈机器。"}, SUMMARY),
        ({"title": "Ada Lovelace 的一生", "summary": "本期嘉宾 Ada Lovelace 谈机器。"}, SUMMARY),
    ],
)
def test_message_tells_where_guest_is_introduced(words, sentence):
    [fault] = look(speaker_labels.person_not_credited, mentions=[named("Ada Lovelace")], **words)
    assert (fault.code, fault.severity, fault.field) == ("person-not-credited", "info", "appearances")
    assert fault.message == sentence
    assert fault.params == {"name": "Ada Lovelace"}
    assert fault.sentence == sentence % {"name": "Ada Lovelace"}


@pytest.mark.parametrize("kind", ["organisation", "product", "work", "method", "other"])
def test_only_a_person_is_a_guest(kind):
    assert (
        codes(speaker_labels.person_not_credited, mentions=[named("Ada Lovelace", kind)], title="对话 Ada Lovelace")
        == []
    )


def test_alias_introduces_and_credits_a_guest():
    ada = named("Ada Lovelace", "person", "洛芙莱斯")
    [fault] = look(speaker_labels.person_not_credited, mentions=[ada], title="对话洛芙莱斯")
    assert fault.params == {"name": "Ada Lovelace"}
    credit = Appearance(label="洛芙莱斯", role="guest")
    assert codes(speaker_labels.person_not_credited, credit, mentions=[ada], title="对话 Ada Lovelace") == []


@pytest.mark.parametrize(
    "words", [{"title": "Ada Lovelace 的一生"}, {"summary": "节目讲到 Ada Lovelace。"}, {"title": "Adaline：对话"}]
)
def test_person_only_mentioned_is_no_guest(words):
    people = [named("Ada Lovelace"), named("Ada")]
    assert codes(speaker_labels.person_not_credited, mentions=people, **words) == []
