"""Wishes not to be public, in the words of programs that publish notes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.importing.adoption_exclusions import Reason
from episodes.notes import visibility_words
from episodes.notes.visibility import dates_in, wish_in_text, wish_of_name, wish_of_tags, wishes

TODAY = date(2025, 6, 1)


def codes(data: dict) -> set[str]:
    return {wish.code for wish in wishes(data, TODAY)}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        # Jekyll, Hexo, DEV: published; Obsidian Publish, Quartz, digital gardens: publish
        ({"published": "false"}, "unpublished"),
        ({"Published": "'No'"}, "unpublished"),
        ({"published": "no, not yet"}, "unpublished"),
        ({"published": "ｆａｌｓｅ"}, "unpublished"),
        ({"publish": "off"}, "unpublished"),
        ({"publish": "later perhaps"}, "unpublished"),
        ({"dg-publish": "false"}, "unpublished"),
        ({"dgPublish": '"false"'}, "unpublished"),
        ({"share": "false"}, "unpublished"),
        ({"permalink": "false"}, "unpublished"),
        ({"render": "false"}, "unpublished"),
        ({"发布": "否"}, "unpublished"),
        ({"公开": "不"}, "unpublished"),
        # private
        ({"private": "true"}, "private"),
        ({"is_private": "Y"}, "private"),
        ({"private": "who knows"}, "private"),
        ({"params": {"private": "yes"}}, "private"),
        ({"私密": "是"}, "private"),
        ({"visibility": "private"}, "private"),
        ({"visibility": "my family"}, "private"),
        ({"access": ["staff", "public"]}, "private"),
        ({"状态": "不公开"}, "private"),
        ({"category": "Private/Diary"}, "private"),
        ({"keywords": ["loom", "confidential"]}, "private"),
        # unlisted
        ({"unlisted": "true"}, "hidden"),
        ({"hidden": "\u200btrue"}, "hidden"),
        ({"headless": "true"}, "hidden"),
        ({"email_only": "true"}, "hidden"),
        ({"eleventyExcludeFromCollections": "true"}, "hidden"),
        ({"status": "hidden"}, "hidden"),
        ({"build": {"render": "never"}}, "unpublished"),
        ({"_build": {"list": "local"}}, "hidden"),
        ({"cascade": [{"build": {"list": "never"}}]}, "hidden"),
        # restricted
        ({"password": "open sesame"}, "protected"),
        ({"post_password": "x"}, "protected"),
        ({"protected": "true"}, "protected"),
        ({"visibility": "members"}, "protected"),
        ({"visibility": "Paid-Members only"}, "private"),
        # states
        ({"status": "pending"}, "unpublished"),
        ({"post_status": "auto-draft"}, "unpublished"),
        ({"status": ["trash"]}, "unpublished"),
        ({"status": "future"}, "future-date"),
        ({"status": "Scheduled"}, "future-date"),
        ({"status": "inbox"}, "inbox"),
        ({"Status": "'Archived'"}, "archived"),
        ({"exclude": "true"}, "exclude"),
        ({"exclude (2)": "true"}, "exclude"),
        # dates
        ({"publishDate": "2031-01-01T10:00:00Z"}, "future-date"),
        ({"published": "Jan 3, 2031"}, "future-date"),
        ({"pubDate": "2031年1月3日"}, "future-date"),
        ({"scheduled": "true"}, "future-date"),
        ({"embargo": "until the fair"}, "future-date"),
        ({"expiryDate": "2020-01-01"}, "expires"),
        ({"expires": "2099-01-01"}, "expires"),
        ({"unpublish_on": "soon"}, "expires"),
        # search engines
        ({"noindex": "true"}, "noindex"),
        ({"robots": "NOINDEX, nofollow"}, "noindex"),
        ({"sitemap": "false"}, "noindex"),
        ({"sitemap": {"disable": "true"}}, "noindex"),
        ({"search": {"exclude": "true"}}, "noindex"),
    ],
)
def test_wish_is_read(data, code):
    assert codes(data) == {code}


@pytest.mark.parametrize(
    "data",
    [
        {"draft": "true"},
        {"status": "draft"},
        {"status": "evergreen"},
        {"published": "true"},
        {"published": "2020-01-01"},
        {"published": "Penguin, 2003"},
        {"publish": "Yes"},
        {"publishDate": "2020-01-01"},
        {"private": "false"},
        {"private": None, "password": "", "exclude": "null"},
        {"private_contact": "door 12"},
        {"visibility": "Public"},
        {"access": "everyone"},
        {"unlisted": "否"},
        {"expires": "never"},
        {"robots": "index, follow"},
        {"permalink": "/a/b/"},
        {"archive": "https://archive.org/x"},
        {"hide": ["navigation", "toc"]},
        {"cover": {"hidden": "true", "image": "x.png"}},
        {"comments": "false", "toc": {"hidden": "true"}},
        {"tags": ["privacy", "private equity", "secret history"]},
        {"category": "Personal finance"},
        {"build": {"list": "always", "render": "always"}},
    ],
)
def test_other_key_is_no_wish(data):
    assert codes(data) == set()


def test_password_is_not_repeated():
    assert [wish.said for wish in wishes({"password": "open sesame"}, TODAY)] == ["password: …"]


def test_all_codes_are_reasons_of_adopt():
    tables = (visibility_words.WORDS, visibility_words.HIDES, visibility_words.SHOWS_UNLESS_NO)
    told = {code for table in tables for code in table.values()}
    told |= {"expires", "future-date", "noindex", "private-place"}
    assert told <= set(Reason)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("_drafts/x.md", "_drafts/"),
        ("Private/x.md", "Private/"),
        ("a/Private Notes/x.md", "Private Notes/"),
        ("99 - Archive/x.md", "99 - Archive/"),
        ("notes/.trash/x.md", ".trash/"),
        ("templates/x.md", "templates/"),
        ("草稿/x.md", "草稿/"),
        ("_x.md", "_x.md"),
        (".x.md", ".x.md"),
        ("x.md", ""),
        ("posts/2024/x.md", ""),
        ("_FcRGHKlahE.md", ""),
        ("-FcRGHKlahE.md", ""),
        ("Drafting/x.md", ""),
        ("privateer/x.md", ""),
    ],
)
def test_path_of_file_counts(name, place):
    wish = wish_of_name(name)
    assert (wish.said if wish else "") == place


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        (["loom", "#Private"], "private"),
        (["private/finance"], "private"),
        (["私密"], "private"),
        (["no-publish"], "unpublished"),
        (["loom, unlisted"], "hidden"),
        (["private equity", "privacy", "loom"], ""),
    ],
)
def test_tag_counts(tags, code):
    wish = wish_of_tags(tags)
    assert (wish.code if wish else "") == code


@pytest.mark.parametrize(("text", "found"), [("a #private b", True), ("[a](x#private) C#private #1", False)])
def test_inline_tag_counts(text, found):
    assert (wish_in_text(text) is not None) == found


def test_ambiguous_date_has_two_readings():
    assert set(dates_in("03/04/2031")) == {date(2031, 4, 3), date(2031, 3, 4)}
    assert dates_in("20310203") == [date(2031, 2, 3)]
    assert dates_in("31/31/2031") == []


keys = st.text(max_size=20) | st.sampled_from(["private", "publish", "build", "expires", "date", "status", "tags"])
values = st.recursive(
    st.text(max_size=12) | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(keys, values, max_size=3))
def test_any_header_is_read(data):
    assert codes(data) <= set(Reason)


@settings(deadline=None)
@given(st.sampled_from(["published", "publish", "dg-publish", "public"]), st.sampled_from(["false", "no", "off", "否"]))
def test_spelling_of_key_is_ignored(key, no):
    spellings = {key, key.upper(), key.title(), key.replace("-", "_"), key.replace("-", ""), f" {key} "}
    assert {code for name in spellings for code in codes({name: f' "{no.upper()}" '})} == {"unpublished"}
