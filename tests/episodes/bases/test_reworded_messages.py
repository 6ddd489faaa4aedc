"""Reworded messages: stored findings show the wording in use and keep their identity."""

import pytest
from django.utils.translation import gettext, override

from episodes.bases import reworded_messages
from episodes.bases.stored_messages import text_of
from episodes.checks import Fault


@pytest.mark.parametrize(("language", "text"), [("en", "No speaker is credited."), ("zh-hans", "没有出场人物。")])
def test_stored_template_shows_wording_in_use(language, text):
    with override(language):
        assert text_of("Nobody is credited.", {}) == text


def test_rewording_keeps_the_fingerprint():
    before, now = (Fault("no-speaker", "warning", text) for text in ("Nobody is credited.", "No speaker is credited."))
    assert before.fingerprint() == now.fingerprint()


@pytest.mark.parametrize("template", reworded_messages.REWORDED.values())
def test_wording_in_use_is_translated(template):
    with override("zh-hans"):
        assert gettext(template) != template
