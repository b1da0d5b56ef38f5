import numpy as np

from include.simulator import weather

YEAR = np.arange(np.datetime64("2026-01-01", "s"), np.datetime64("2027-01-01", "s"), weather.HALF_HOUR)


def test_the_sun_is_down_in_every_night_of_the_year():
    hours = weather.hour_of_day(YEAR)

    assert (weather.sun_height(YEAR)[(hours >= 22.5) | (hours < 2.5)] < 0).all()


def test_the_sun_stands_highest_around_noon_in_june():
    highest = YEAR[np.argmax(weather.sun_height(YEAR))]

    assert np.datetime64("2026-06-18") < highest < np.datetime64("2026-06-24")
    assert 11.5 <= weather.hour_of_day(np.array([highest]))[0] <= 12.5


def test_summer_time_runs_from_the_last_sunday_of_march_to_that_of_october():
    ahead = YEAR[weather.local_time(YEAR) != YEAR]

    assert ahead[0] == np.datetime64("2026-03-29T01:00")
    assert ahead[-1] == np.datetime64("2026-10-25T00:30")


def test_a_longer_series_begins_with_the_shorter_one():
    shorter = weather.wandering(7, "wind", 5_000, memory_h=30)
    longer = weather.wandering(7, "wind", 9_000, memory_h=30)

    assert np.array_equal(longer[:5_000], shorter)


def test_weather_remembers():
    wind = weather.wandering(7, "wind", 200_000, memory_h=30)

    assert np.corrcoef(wind[:-12], wind[12:])[0, 1] > 0.7  # six hours later
    assert abs(np.corrcoef(wind[:-480], wind[480:])[0, 1]) < 0.1  # ten days later
