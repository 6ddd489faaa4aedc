"""Detection of failed generators, without false alarms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.notes import quality
from tests.shared import NOTES, require

PARAGRAPH = "The loom weaves flowers and leaves as the engine weaves its patterns."
CHINESE = "织机织出花朵与叶子，正如这台机器织出它的代数图案一样。"
DUMMY = "Sed do eiusmod tempor. Ut enim ad minim veniam. Quis nostrum exercitationem. Duis aute irure dolor."

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


def many(line: str, times: int = quality.TIMES) -> str:
    return "\n\n".join([line] * times)


# --- repeated paragraphs


@pytest.mark.parametrize("line", [PARAGRAPH, CHINESE, f"**Ada**: {PARAGRAPH}", f"<p>{PARAGRAPH}</p>"])
def test_repeated_paragraph_is_found_once(line):
    text = f"Before.\n\n{many(line)}\n\nAfter."
    (flaw,) = quality.repeated(text)
    assert (text[flaw.begin : flaw.end], flaw.times) == (line, 10)


@pytest.mark.parametrize(
    "line",
    [
        "**Interviewer from the evening paper of the town**: Yes.",
        "**主持人**: 对对对。",
        "<summary>View or hide the original English of this paragraph, as it was spoken</summary>",
        "<details><summary>Click here to read the original English text of it</summary>",
        "[▶](https://www.example.org/watch/a-rather-long-address-of-a-recording?at=00:10:00)",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "------------------------------------------------------------",
        "Thank you very much.",
    ],
)
def test_usual_phrases_are_no_repetition(line):
    assert list(quality.repeated(many(line, 50))) == []


def test_nine_times_and_code_are_ignored():
    assert list(quality.repeated(many(PARAGRAPH, 9))) == []
    assert list(quality.repeated(f"```\n{many(PARAGRAPH)}\n```")) == []


@given(words, st.integers(10, 30))
def test_repetition_is_found_in_any_text(around, times):
    text = f"{around.replace('`', '').replace('~', '')}\n{many(PARAGRAPH, times)}"
    assert (PARAGRAPH[:80], times) in [(flaw.evidence, flaw.times) for flaw in quality.repeated(text)]


# --- padding


@pytest.mark.parametrize(
    "text",
    [
        "Padding block, so that the length floor is reached with ease.",
        "THIS PADDING KEEPS THE TEXT ABOVE THE CHARACTER FLOOR.",
        "This invisible comment takes us over the minimum 5,000 characters.",
        "<!-- some padding for the length -->",
        "<!-- 填充内容以达到字数 -->",
        "Words.\n" + "Z" * 60 + "\nWords.",
        DUMMY,
    ],
)
def test_padding_is_found(text):
    assert list(quality.padding(text))


@pytest.mark.parametrize(
    "text",
    [
        "We use padding so that all sequences of a batch have the same length.",
        "Padding to a minimum length wastes tokens, and the token limit is reached sooner.",
        "The style sheet sets the padding; the character count stands beside the field.",
        "Put Lorem ipsum dolor sit amet into the box and look how it wraps.",
        "A filler episode, in which the invisible man never appears.",
        "他写文章总是凑字数。",
        "-" * 200,
        "哈" * 200,
        "Aaa" + "a" * 200 + " said the audience.",
        "<!-- chunk 1/7 -->",
    ],
)
def test_text_about_padding_is_not_reported(text):
    assert list(quality.padding(text)) == []


@given(words)
def test_offsets_are_in_the_text(text):
    text = f"{text}\nPadding up to the character floor.\n{DUMMY}"
    for reader in (quality.repeated, quality.padding, quality.self_talk):
        for flaw in reader(text):
            assert 0 <= flaw.begin < flaw.end <= len(text)
            assert text[flaw.begin : flaw.end].split()[0].startswith(flaw.evidence.split()[0][:10])


# --- the generator's reports


def test_report_of_generator_is_found():
    text = "### End\n\nThe task is complete. I have written the metadata and the translation.\n"
    (flaw,) = quality.self_talk(text)
    assert text[flaw.begin : flaw.end] == "The task is complete. I have written the metadata"


@pytest.mark.parametrize(
    "text",
    [
        "**Ada**: The task is complete. I have read the metadata.",
        "The task is complete.",
        "I have translated two novels, and she said that I have processed the metadata.",
    ],
)
def test_similar_speech_is_not_reported(text):
    assert list(quality.self_talk(text)) == []


# --- empty texts


@pytest.mark.parametrize("text", ["", " \n\t", "---", "<!-- chunk 1/7 -->\n", "<div>\n</div>", "***\n<!-- a -->\n<br>"])
def test_text_without_words_is_empty(text):
    assert quality.is_empty(text)


@pytest.mark.parametrize(
    "text", ["a", "字", "<!-- chunk 1/7 -->\nWords.", "<p>7</p>", "<!-- never closed", "```\nx\n```"]
)
def test_text_with_a_word_is_not_empty(text):
    assert not quality.is_empty(text)


@given(words)
def test_only_words_count_as_content(text):
    marks = "".join(letter for letter in text if not letter.isalnum())
    assert quality.is_empty(marks)
    assert not quality.is_empty(text.replace("<", "") + "a")


# --- sources


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/watch?v=YOUR_VIDEO_ID",
        "https://example.com/a-talk",
        "#section-1",
        "#${id}",
        "https://site.org/{{ slug }}",
    ],
)
def test_placeholder_address_is_found(address):
    flaw = quality.placeholder_source(address)
    assert flaw
    assert flaw.evidence == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "https://www.youtube.com/watch?v=yJDv-zdhzMY",
        "https://www.youtube.com/@channel",
        "https://a.org/#part",
    ],
)
def test_missing_or_odd_address_is_no_placeholder(address):
    assert quality.placeholder_source(address) is None


def test_real_notes_raise_no_false_alarm():
    """The six known hits were inspected; the other 394 notes speak of prompts, padding and generators too."""
    library = NOTES / "library"
    require(library.is_dir(), "the real notes are not beside the checkout")
    texts = [path.read_text() for path in library.rglob("*.md")]
    readers = (quality.repeated, quality.padding, quality.self_talk)
    assert [sum(any(reader(text)) for text in texts) for reader in readers] == [2, 3, 1]


@pytest.mark.parametrize("unit", ["<!--", "<summary>", "<", "**", "`", "padding ", "minimum ", "]( ", "a\n", "\\", "["])
def test_opening_marks_take_linear_time(unit):
    """One megabyte of each; quadratic time would take hours."""
    text = unit * (1_000_000 // len(unit))
    for reader in (quality.repeated, quality.padding, quality.self_talk):
        list(reader(text))
    quality.is_empty(text)
