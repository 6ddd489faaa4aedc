"""File names of exported notes: their own where possible, unique, inside the folder."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.exporting.file_names import (
    NAME_MAX,
    PARTIAL,
    folded,
    plan,
    safe,
)


def planned(*names: str, **options) -> list[str]:
    return list(plan([(number, name, f"m{number}") for number, name in enumerate(names)], **options).values())


@pytest.mark.parametrize(
    "name",
    [
        *("a.md", "a/x.md", "CON.md", "a b.md", ".hidden.md", "~a.md", "-a.md", "a.md.", "中文.md", "e\u0301.md"),
        *(
            "a\nb.md",
            "a\x1b[31m.md",
            "back\\slash.md",
            "a:b?.md",
            "x" * 252 + ".md",
            "长" * 84 + ".md",
            "..a.md",
            "...",
        ),
    ],
)
def test_valid_name_is_kept(name):
    assert safe(name, "mark") == name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        *[("../../x.md", "x.md"), ("/etc/x.md", "etc/x.md"), ("a/../b.md", "a/b.md"), ("./a//b.md", "a/b.md")],
        *[("", "mark.md"), ("..", "mark.md"), ("/", "mark.md"), ("a\x00b.md", "a\ufffdb.md")],
        *[("a\ud800.md", "a?.md"), (PARTIAL, "_" + PARTIAL)],
    ],
)
def test_name_with_parent_parts_stays_inside(name, kept):
    assert safe(name, "mark") == kept


@pytest.mark.parametrize("name", ["x" * 253 + ".md", "长" * 255, "长" * 200 + ".md", "a/" + "😀" * 70 + "/b.md"])
def test_long_name_is_cut_before_suffix(name):
    other = name.replace("x", "y").replace("长", "短").replace("😀", "🌊")
    cut = safe(name, "mark")
    assert max(len(part.encode()) for part in cut.split("/")) <= NAME_MAX
    assert PurePosixPath(cut).suffix == PurePosixPath(name).suffix
    assert cut != safe(other, "mark")


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("a.md", "a.md", "a.md"), ["a.md", "a-m1.md", "a-m2.md"]),
        (("a-m1.md", "a.md", "a.md"), ["a-m1.md", "a.md", "a-m2.md"]),
        (("a.md", "a-m2.md", "a.md"), ["a.md", "a-m2.md", "a-m2-2.md"]),
        (("y.md", "y.md/a.md"), ["y-m0.md", "y.md/a.md"]),
        (("y.md/a.md", "y.md"), ["y.md/a.md", "y-m1.md"]),
        (("y.md/a.md/b.md", "y.md/a.md", "y.md"), ["y.md/a.md/b.md", "y.md/a-m1.md", "y-m2.md"]),
        (("A.md", "a.md"), ["A.md", "a.md"]),
    ],
)
def test_taken_name_gets_mark(names, kept):
    assert planned(*names) == kept


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("A.md", "a.md"), ["A.md", "a-m1.md"]),
        (("\u00e9.md", "e\u0301.md"), ["\u00e9.md", "e\u0301-m1.md"]),
        (("Y.MD", "y.md/a.md"), ["Y-m0.MD", "y.md/a.md"]),
        (("A/x.md", "a/x.md"), ["A/x.md", "a/x-m1.md"]),
    ],
)
def test_names_equal_when_folded_are_separated(names, kept):
    assert planned(*names, fold=folded) == kept


parts = st.text(st.sampled_from("aA.é长\x00\n/"), max_size=6) | st.sampled_from(
    ["..", ".", "x" * 300, "长" * 100, "a.md"]
)
paths = st.lists(parts, max_size=4).map("/".join)


@given(st.lists(paths, max_size=8), st.sampled_from([str, folded]), st.sampled_from([60, NAME_MAX]))
def test_any_names_can_be_written_together(names, fold, limit):
    found = planned(*names, fold=fold, limit=limit)
    assert len({fold(name) for name in found}) == len(names)
    folders = {fold(str(parent)) for name in found for parent in PurePosixPath(name).parents}
    assert not folders & {fold(name) for name in found}
    for name in found:
        assert all(0 < len(part.encode()) <= limit and part not in (".", "..") for part in name.split("/"))
        assert "\x00" not in name
