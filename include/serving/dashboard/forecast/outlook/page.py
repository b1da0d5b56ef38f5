"""Forecast: what a model foresees of a target from an origin, what became true, and how wrong models have been.

Target, model and origin live in the address, so that a view can be shared.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from include.serving.ages import ago
from include.serving.dashboard import frame
from include.serving.dashboard.address import EARLIEST, LATEST, instant_of, text_of
from include.serving.dashboard.controls import current_view
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.forecast.outlook import charts, queries
from include.serving.dashboard.forecast.outlook.queries import Origin, Target
from include.serving.dashboard.picked import Picked
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.reader import NothingPublishedError, Reader, Row, analyst
from include.serving.dashboard.span import Interval
from include.serving.forecasts import UNJUDGED
from include.settlement import LONDON

COMMAND = "gridloom run forecasts"
TARGET = Picked("forecast-target", ("target",), lambda address: address.get("target"), lambda name: {"target": name})
MODEL = Picked("forecast-model", ("model",), lambda address: address.get("model"), lambda name: {"model": name})
MADE_BY = Picked(
    "forecast-made-by",
    ("made_by",),
    lambda address: instant_of(address.get("made_by")),
    lambda instant: {"made_by": text_of(instant)},
)
_TARGET, _MODEL, _MADE_BY = "forecast-target-picker", "forecast-model-picker", "forecast-made-by-picker"
NAMES = {"published": "The publisher’s own"}


def draw() -> None:
    """Draw the page."""
    # The range that an address may name is kept for the other pages.
    current_view()
    _show()


@st.fragment(run_every=frame.REFRESH_S)
def _show() -> None:
    """Draw the page; new forecasts appear by themselves."""
    st.title("Forecast")
    with frame.in_plain_words():
        try:
            with analyst() as reader:
                _forecast(reader, datetime.now(UTC))
        except NothingPublishedError:
            frame.nothing_yet(COMMAND)


def _forecast(reader: Reader, now: datetime) -> None:
    if not reader.has(queries.FORECASTS):
        frame.nothing_yet(COMMAND)
        return
    target = _pick_target(queries.targets(reader))
    found = queries.models(reader, target.target)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        model = _pick_model(target, found)
        made_by = _pick_origin()
    _best(target)
    _refused(queries.refused(reader, target.target))
    origin = queries.origin(reader, target.target, model, made_by) if model else None
    if origin is None or model is None:
        st.info("**Nothing has been foreseen of it by then.** Pick a later instant, or wait for the next forecast.")
    else:
        _fan(reader, target, model, origin, now)
    _errors(reader, target)


def _pick_target(targets: Sequence[Target]) -> Target:
    named = {each.target: each for each in targets}
    picked = TARGET.value()
    shown = picked if picked in named else next(iter(named))
    st.session_state[_TARGET] = shown
    st.segmented_control(
        "What is foreseen",
        list(named),
        format_func=lambda name: named[name].title,
        key=_TARGET,
        on_change=_choose_target,
    )
    return named[shown]


def _pick_model(target: Target, found: Sequence[str]) -> str | None:
    """Draw the picker of models; return the one that is picked, else the best, else one of them."""
    by_itself = next((each for each in (target.best_model, UNJUDGED) if each in found), found[0] if found else None)
    picked = MODEL.value()
    shown = picked if picked in found else by_itself
    st.session_state[_MODEL] = shown
    st.selectbox("Model", found, key=_MODEL, width=200, on_change=_choose_model)
    return shown


def _pick_origin() -> datetime | None:
    made_by = MADE_BY.value()
    st.session_state[_MADE_BY] = made_by.replace(second=0, microsecond=0, tzinfo=None) if made_by else None
    st.datetime_input(
        "Made by (UTC), the newest if empty",
        value=None,
        min_value=EARLIEST.replace(tzinfo=None),
        max_value=LATEST.replace(tzinfo=None),
        step=60,
        format="YYYY-MM-DD",
        key=_MADE_BY,
        width=280,
        on_change=_choose_origin,
    )
    return made_by


def _choose_target() -> None:
    # Pressing the chosen button again unsets it, which means nothing here.
    if st.session_state[_TARGET] is not None:
        TARGET.choose(st.session_state[_TARGET])
        MODEL.choose(None)


def _choose_model() -> None:
    MODEL.choose(st.session_state[_MODEL])


def _choose_origin() -> None:
    picked: datetime | None = st.session_state[_MADE_BY]
    MADE_BY.choose(picked.replace(tzinfo=UTC) if picked else None)


def _best(target: Target) -> None:
    """Say which model is best today, and by how much."""
    if target.best_model is None:
        st.caption("No model has been judged yet: nothing of what was foreseen has been measured since.")
        return
    st.markdown(f"Best model over the last 28 days: **{target.best_model}**{skill_told(target.skill)}.")


def skill_told(skill: float | None) -> str:
    """Return by how much a model is better or worse than the naive ones, as the end of a sentence."""
    if skill is None:
        return ""
    way = "less" if skill >= 0 else "more"
    return f", {abs(100 * skill):.0f} % {way} wrong than the better naive one"


def _refused(rows: Sequence[Row]) -> None:
    for row in rows:
        if row["target"] is not None:
            when = row["origin_at"].astimezone(LONDON)
            because = as_text(row["because"])
            st.warning(f"Refused at {when:%-d %b %H:%M}, because {because}.", icon=":material/block:")
            break
    absent = {row["model"]: row["because"] for row in rows if row["model"] is not None}
    for model, because in absent.items():
        st.caption(f"{as_text(model)} is absent: {as_text(because)}")


def _fan(reader: Reader, target: Target, model: str, origin: Origin, now: datetime) -> None:
    at = origin.origin_at.astimezone(LONDON)
    st.header(f"{target.title} from {at:%-d %b %Y, %H:%M %Z} on ({target.unit})")
    table = queries.fan(reader, target.target, model, origin.origin_at)
    alt = f"{target.title}: what was foreseen, with its 80 % interval, and what came"
    key = f"fan-{target.target}-{model}-{at:%Y%m%dT%H%M%S}"
    frame.zoomable(table, charts.fan(target.unit), key=key, alt=alt)
    frame.legend(
        (
            (f"Foreseen by {model}: 50 %, and 10 to 90 %", charts.FORESEEN_COLOUR),
            ("What came", charts.OUTTURN_COLOUR),
        )
    )
    st.caption(
        f"Made {ago(now - origin.origin_at)} ago, from half-hours that had ended by "
        f"{origin.input_ended_at.astimezone(LONDON):%H:%M}. {came_told(table)}"
    )
    unit = target.unit
    named = {"quantile_10": f"10 % ({unit})", "quantile_50": f"50 % ({unit})", "quantile_90": f"90 % ({unit})"}
    show_figures(table, Interval.HALF_HOUR, {**named, "outturn": f"What came ({unit})"})


def came_told(table: pa.Table) -> str:
    """Return how a forecast has done so far, in a sentence."""
    rows = [row for row in table.to_pylist() if row["quantile_50"] is not None and row["outturn"] is not None]
    if not rows:
        return "Nothing of it has been measured yet."
    error = sum(abs(row["outturn"] - row["quantile_50"]) for row in rows) / len(rows)
    inside = sum(row["quantile_10"] <= row["outturn"] <= row["quantile_90"] for row in rows)
    half_hours = "1 half-hour has" if len(rows) == 1 else f"{len(rows)} half-hours have"
    return f"{half_hours} been measured since: {error:,.0f} off on average, {inside} within 10 to 90 %."


def _errors(reader: Reader, target: Target) -> None:
    skill = queries.skill(reader, target.target)
    if not skill:
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.header("Mean absolute error, by how far ahead")
        rows = queries.accuracy(reader, target.target)
        models = list(dict.fromkeys(row["model"] for row in rows))
        alt = f"{target.title}: mean absolute error of each model by how far ahead"
        _chart(rows, charts.error_by_lead(target.unit, models), f"errors-{target.target}", alt)
        frame.legend((NAMES.get(model, model), charts.colour_of(model)) for model in models)
    with right:
        st.header("How often what came was below a quantile")
        rows = queries.calibration(reader, target.target)
        models = list(dict.fromkeys(row["model"] for row in rows))
        alt = f"{target.title}: how often what came was at most each quantile, by model"
        _chart(rows, charts.calibration(models), f"calibration-{target.target}", alt)
        frame.legend((model, charts.colour_of(model)) for model in models)
    _skill(target, skill)


def _chart(rows: Sequence[Row], chart: dict[str, object], key: str, alt: str) -> None:
    st.vega_lite_chart(pa.Table.from_pylist(list(rows)), chart, key=key, width="stretch", alt=alt)


def _skill(target: Target, rows: Sequence[Row]) -> None:
    unit = target.unit
    st.header("Skill")
    table = [
        {
            "Ahead": row["lead_bucket"],
            "Model": row["model"],
            f"MAE ({unit})": _rounded(row["mae"], 1),
            f"Naive day ({unit})": _rounded(row["naive_day_mae"], 1),
            f"Naive week ({unit})": _rounded(row["naive_week_mae"], 1),
            "Skill": _rounded(row["skill"], 3),
            "Verdict": "worse than naive" if row["is_worse_than_naive"] else "",
            f"Publisher’s ({unit})": _rounded(row["published_mae"], 1),
            "Skill against it": _rounded(row["skill_against_published"], 3),
            "MASE": _rounded(row["mase"], 3),
            "In 10 to 90 (%)": _rounded(row["coverage_pct"], 1),
            "Half-hours": row["half_hours"],
        }
        for row in rows
    ]
    st.dataframe(table, hide_index=True, placeholder="", key=f"skill-{target.target}")
    first, last = min(row["judged_from"] for row in rows), max(row["judged_until"] for row in rows)
    beside = (
        f" The publisher’s forecast is {as_text(target.published_forecast)}, " if target.published_forecast else " "
    )
    st.caption(
        f"Half-hours of {first:%-d %B} to {last:%-d %B %Y}, each against what is known of it now. Skill is 1 less the "
        f"mean absolute error (MAE) by that of the better naive model.{beside}"
        + ("as it stood at the same origin." if target.published_forecast else "No publisher foresees it.")
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
