"""Years, months and days above a list, found by an index."""

from datetime import UTC, date, datetime

import pytest

from episodes.desk.date_periods import find_periods_by_index, periods
from episodes.models import Episode, Note
from tests import factories

pytestmark = pytest.mark.django_db

DAYS = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 1, 1), date(2020, 2, 29), date(2024, 6, 5), date(9999, 12, 31)]


@pytest.mark.parametrize("kind", ["year", "month", "day"])
def test_periods_equal_those_of_django(kind):
    for day in DAYS:
        factories.episode(aired_on=day)
    factories.episode(aired_on=None)
    rows = Episode.objects.filter(aired_on__lt=date(9999, 1, 1))
    found = [day.timetuple()[: {"year": 1, "month": 2, "day": 3}[kind]] for day in periods(rows, "aired_on", kind)]
    assert found == [day.timetuple()[: {"year": 1, "month": 2, "day": 3}[kind]] for day in rows.dates("aired_on", kind)]


def test_last_year_ends_the_search():
    factories.episode(aired_on=DAYS[-1])
    assert list(periods(Episode.objects.all(), "aired_on", "year")) == [DAYS[-1]]


def test_periods_are_those_of_the_time_zone(settings):
    for hour in (1, 15, 17):
        moment = datetime(2020, 12, 31, hour, tzinfo=UTC)
        Note.objects.create(episode=factories.episode(), name=f"{hour}.md", imported_at=moment)
    settings.TIME_ZONE = "Asia/Shanghai"
    rows = Note.objects.order_by("-pk")
    find_periods_by_index(rows)
    assert [day.year for day in rows.datetimes("imported_at", "year")] == [2020, 2021]
