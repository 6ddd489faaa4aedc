"""A prediction from time frame to outcome: suggested due date, criteria by one user, outcome by another."""

from datetime import date

import pytest

from episodes.models import Episode, Prediction
from tests import factories
from tests.browser.steps import leave, sign_in
from tests.browser.test_review import press, review, settled, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def said():
    episode = factories.episode(title="On rain", slug="on-rain", aired_on=date(2020, 5, 11), language="zh-Hans")
    ada = factories.speaker("Ada")
    factories.appearance(episode, ada)
    return factories.prediction(
        episode, words="今年会下雨。", horizon="今年", status="draft", speaker=ada, label="Ada", start=65
    )


def test_prediction_from_due_date_to_public_outcome(visitor, said):
    page, desk = visitor, f"/en/admin/episodes/prediction/{said.pk}/change/"
    factories.second_editor()
    sign_in(page, factories.editor())
    # Saving the episode form runs the checks.
    page.goto(f"/en/admin/episodes/episode/{said.episode_id}/change/")
    page.fill("#id_area", "weather")
    page.click("text=Save and continue editing")
    assert Prediction.objects.get().due_on is None

    review(page, said.episode, f"?at=prediction-{said.pk}")
    assert "Due 2020-12-31" in page.inner_text(".thing-finding")
    press(page, "r")
    page.wait_for_selector(".thing-finding", state="detached")
    assert Prediction.objects.get().due_on == date(2020, 12, 31)
    assert shown(page) == f"prediction-{said.pk}"
    press(page, "a")
    settled(page)
    press(page, "a")
    page.wait_for_selector(".messagelist")
    assert Episode.objects.get().status == "approved"
    sign_in(page, factories.publisher())
    page.goto(f"/en/admin/episodes/episode/{said.episode_id}/change/")
    page.click("button:text-is('Publish')")

    # The first user enters the criteria; in a public episode they take effect at once.
    sign_in(page, factories.editor())
    page.goto(desk)
    assert "ends with that year" in page.inner_text(".judging")
    page.fill(".judging [name=criteria]", "The town's gauge shows **one** millimetre.")
    page.click("text=Save criteria")
    assert "A prediction must be judged by someone other than the author of its criteria." in page.inner_text(
        ".judging"
    )
    assert not page.is_visible("button:text-is('Judge')")

    # Another user finds it on the index page and enters the outcome; a refused form keeps its values.
    sign_in(page, factories.second_editor())
    page.click("text=predictions due")
    page.click("#result_list tbody a")
    page.select_option(".judging [name=outcome]", "true")
    page.fill(".judging [name=resolved_on]", "2020-05-01")
    page.fill(".judging [name=evidence]", "Seven millimetres on 2 June: [the record](https://example.org/gauge).")
    page.click("button:text-is('Judge')")
    assert "before the recording" in page.inner_text(".messagelist")
    page.fill(".judging [name=resolved_on]", "2020-06-02")
    page.click("button:text-is('Judge')")
    assert "came true" in page.inner_text(".judgement")

    leave(page)
    page.goto(f"/en/predictions/{said.pk}/")
    read = page.inner_text("main")
    for words in ("Came true", "Dec. 31, 2020", "June 2, 2020", "one millimetre", "Seven millimetres"):
        assert words in read
    assert "alone" not in read
