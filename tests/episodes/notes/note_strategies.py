"""Hypothesis strategies for notes: well-formed ones in all styles, and text that resembles a note."""

from __future__ import annotations

from hypothesis import strategies as st

from episodes.notes import yaml_text

TEXTS = ("title", "summary", "insight", "source", "area", "category", "series", "date", "slug")
LISTS = ("people", "companies_orgs", "companies", "products_models", "media_books", "tags")
# Marks of YAML and Markdown, complete and broken, whose random combinations resemble notes.
MARKS = (
    *(
        "---\n",
        "----\n",
        "...\n",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
        "\r",
        "\x07",
        "\x85",
        "\u2028",
        "\ufeff",
        "😀",
        "中文",
        "text ",
    ),
    *("title: ", "summary: |\n  ", "date: ", "guest: ", "speaker: ", "tags:\n", "people: [", "people:\n", "project: "),
    *(
        "draft: true\n",
        "Series: x\n",
        '"title": "q"\n',
        "extra: [a, {b: c}]\n",
        "channel:\n  a: b\n",
        "- x: y\n",
        "\n- x\n",
    ),
    *(
        "- ",
        "  - ",
        "]",
        ",",
        "、",
        "'",
        '"',
        "x: y",
        ": ",
        "#",
        " # c",
        "{",
        "}",
        "&a ",
        "*a",
        "!!str ",
        "|-\n  ",
        ">\n  ",
    ),
    *(
        "null",
        "~",
        "[]",
        "? ",
        "-",
        "---",
        "%",
        "@",
        "`",
        "\\",
        "### H\n",
        "# T\n",
        "## ",
        "```\n",
        "~~~",
        "<!--",
        "-->",
    ),
    *("**N**: ", "**N:** ", "**N：**", "N: ", "M: ", '<span class="speaker">N</span>', "**(m)**\n", "$x^2$", "$"),
    *("**T**（E: x）", "**T**（", "）", "(", ")", "<details>", "</details>", "</detais>", "A B c"),
)

marks = st.lists(st.sampled_from(MARKS), max_size=30).map("".join)
nearly_notes = st.one_of(
    marks,
    st.text(max_size=80),
    st.builds("---\n{}\n---\n{}".format, marks, marks),
    st.builds("---\n{}\n---\n{}".format, st.text(max_size=60), marks),
)

# Anything typed into a one-line field, except blank input.
words = (
    st.text(max_size=30)
    .map(str.strip)
    .filter(lambda text: text and text != "[]" and not yaml_text.UNREADABLE.search(text))
)
names = words.filter(lambda name: not set(name) & set(",，、"))
plain_words = st.from_regex(r"[a-z中文]{1,8}( [a-z]{1,8}){0,3}", fullmatch=True)


@st.composite
def notes(draw: st.DrawFn) -> str:
    """Draw a note with front matter in all styles of lists and values, and a body with sections."""
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    keys = draw(
        st.lists(st.sampled_from((*TEXTS, *LISTS, "speaker", "guest", "project", "draft", "extra")), unique=True)
    )
    lines = [line for key in keys for line in _lines(draw, key)]
    return newline.join(["---", *lines, "---", *draw(bodies)])


def _lines(draw: st.DrawFn, key: str) -> list[str]:
    if key in (*LISTS, "project"):
        return _list(draw, key)
    if key == "guest":
        return [
            draw(
                st.sampled_from(["guest:", "guest: ''", "guest: Ann Lee, 李四、Bob", "guest: [Ann, Bob]", "guest: Ann"])
            )
        ]
    if key == "extra":
        return ["extra:", "  a: 1", "  b:", "  - x", "  - {y: z}"]
    empty = st.sampled_from([f"{key}:", f"{key}: ''", f"{key}: null", f"{key}: # nothing"])
    folded = st.just([f"{key}: |-", "  one", "  two"])
    return draw(
        st.one_of(words.map(lambda text: [f"{key}: {yaml_text.scalar(text)}"]), empty.map(lambda one: [one]), folded)
    )


def _list(draw: st.DrawFn, key: str) -> list[str]:
    written = [yaml_text.scalar(name) for name in draw(st.lists(words, max_size=4))]
    style = draw(st.sampled_from(["block", "indented", "flow", "null", "one"]))
    if style == "one" or not written:
        return [draw(st.sampled_from([f"{key}:", f"{key}: ''", f"{key}: []", f"{key}: '[]'", f"{key}: one name"]))]
    if style == "null":
        return [f"{key}: null"]
    if style == "flow":
        return [f"{key}: [{', '.join(written)}]"]
    dash = "- " if style == "block" else "  -  "
    return [f"{key}:", *(dash + item for item in written)]


sections = st.tuples(st.sampled_from(["### ", "## ", "#### "]), plain_words, st.lists(plain_words, max_size=3)).map(
    lambda parts: ["", parts[0] + parts[1], "", *parts[2], ""]
)
bodies = st.tuples(st.lists(plain_words, max_size=1), st.lists(sections, max_size=3)).map(
    lambda parts: ["", *parts[0], *(line for section in parts[1] for line in section)]
)
