"""A restored library equals the original, from either database into either."""

import itertools
import json

import pytest

from episodes.backup.tables import LEFT_OUT
from tests.episodes.backup.sites import ENGINES, require_engine

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("once")]


@pytest.fixture(params=itertools.product(ENGINES, ENGINES), ids="-to-".join)
def moved(request, sites, library):
    """Return the contents of a library before the backup and after its restoration."""
    source, target = request.param
    require_engine(target)
    _site, before, file = library(source)
    site = sites.new(target)
    site.manage("restore", file)
    return before, site.contents()


# `restore` renders, counts and indexes, and begins a new revision.
MADE_AGAIN = {
    *("episodes.StoredTexts", "episodes.PublicCount", "episodes.CountedEpisode", "episodes.CountState"),
    *("episodes.Passage", "episodes.PublicKeys", "episodes.SiteRevision"),
}


def test_every_row_and_file_is_restored(moved):
    before, after = moved
    assert before["rows"].keys() == after["rows"].keys()
    for label, rows in before["rows"].items():
        if label in MADE_AGAIN:
            continue
        if label in LEFT_OUT and not label.startswith(("contenttypes.", "auth.")):
            assert after["rows"][label] == []
            continue
        # Guards against comparing empty libraries.
        assert rows, f"the library has no {label}"
        assert after["rows"][label] == rows, label
    assert before["files"]
    assert after["files"] == before["files"]
    assert_same_json(before, after)
    # A quote was deleted: its key is the address of a page and must not be used again.
    assert after["next"] == before["next"] > 1 + max(row["id"] for row in before["rows"]["episodes.Quote"])
    assert len(before["pages"]) > 50
    assert {path: page for path, page in after["pages"].items() if before["pages"].get(path) != page} == {}
    assert after["pages"].keys() == before["pages"].keys()


def assert_same_json(before, after):
    """Assert that NULL, the order of keys where it is kept, and texts where possible are equal."""
    same = before["vendor"] == after["vendor"]
    for column, texts in before["texts"].items():
        if same or column.endswith(" OrderedJSONField"):
            assert after["texts"][column] == texts, column
        else:
            nulls = {key for key, text in texts.items() if text is None}
            assert {key for key, text in after["texts"][column].items() if text is None} == nulls
            assert {key: text and json.loads(text) for key, text in after["texts"][column].items()} == {
                key: text and json.loads(text) for key, text in texts.items()
            }


def test_left_out_tables_have_reasons(library):
    _site, before, _file = library("sqlite")
    assert LEFT_OUT.keys() <= before["rows"].keys()
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())
