"""Checks of quotes, predictions and chapters: each with a hit, a near miss and its repair."""

import pytest

from episodes.checks import quotes_and_predictions
from episodes.models import Chapter, Prediction, Quote
from tests.episodes.checks.subjects import codes, look

WORDS = "机器会思考，只是不像我们这样。"
CUT = ("An engine that weaves patterns as a loom weaves flowers and leaves, and so it w" + "x" * 80)[:80]


def test_repeated_statement_is_reported():
    assert codes(
        quotes_and_predictions.quote_twice, Quote(text=WORDS), Quote(text="机器会思考——只是 不像我们这样")
    ) == ["quote-twice"]
    assert codes(quotes_and_predictions.quote_twice, Quote(text=WORDS), Prediction(words=WORDS)) == [
        "quote-and-prediction"
    ]
    assert codes(quotes_and_predictions.quote_twice, Quote(text=WORDS), Quote(text=WORDS + "也许。")) == []
    assert codes(quotes_and_predictions.quote_twice, Quote(text="是的。"), Quote(text="是的。")) == []


def test_repeated_statement_has_no_repair():
    [fault] = look(quotes_and_predictions.quote_twice, Quote(text=WORDS, start=65), Quote(text=WORDS))
    assert (fault.target.pk, fault.repair, fault.params) == (2, None, {"time": "00:01:05"})


def test_statement_cut_at_eighty_is_reported():
    [fault] = look(quotes_and_predictions.statement_cut, Quote(text=CUT))
    assert (fault.severity, fault.field, fault.repair) == ("warning", "text", None)
    assert codes(quotes_and_predictions.statement_cut, Quote(text=CUT[:79])) == []
    assert codes(quotes_and_predictions.statement_cut, Quote(text=CUT[:79] + ".")) == []


def test_cut_statement_is_repaired_from_full_text():
    whole = CUT + " and ends."
    [fault] = look(quotes_and_predictions.statement_cut, Quote(text=CUT), Prediction(words=whole))
    assert fault.repair == {"text": whole}
    assert codes(quotes_and_predictions.statement_cut, Quote(text=whole)) == []


def test_english_chapter_title_is_reported():
    rows = [Chapter(title="机器"), Chapter(title="织布机"), Chapter(title="The Loom and the Engine")]
    [fault] = look(quotes_and_predictions.chapter_title_language, *rows)
    assert fault.target.pk == 3
    assert codes(quotes_and_predictions.chapter_title_language, *rows, language="en") == []


@pytest.mark.parametrize("title", ["OpenAI", "AI 与织布机", "Jacquard 1804"])
def test_name_as_chapter_title_is_accepted(title):
    assert codes(quotes_and_predictions.chapter_title_language, Chapter(title="机器"), Chapter(title=title)) == []


def test_only_english_titles_are_accepted():
    rows = [Chapter(title="The Loom"), Chapter(title="The Engine")]
    assert codes(quotes_and_predictions.chapter_title_language, *rows) == []
