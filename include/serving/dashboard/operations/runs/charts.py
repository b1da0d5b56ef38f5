"""The chart of how long runs took, as Vega-Lite."""

from include.serving.dashboard import vega
from include.serving.dashboard.span import Span
from include.serving.dashboard.vega import Spec

STATUSES = {
    "success": "#009e73",
    "failed": "#d55e00",
    "lost": "#882255",
    "skipped": "#a8a8a8",
    "superseded": "#56b4e9",
    "running": "#f0d442",
}


def durations(span: Span) -> Spec:
    """Return how long runs took on average over a span, by when they began, in the colour of their status."""
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {
            "x": {"field": "started_at", **vega.time_within(span)},
            "y": {"field": "duration_s", "type": "quantitative", "axis": {"title": "seconds"}},
            "color": {
                "field": "status",
                "type": "nominal",
                "scale": {"domain": list(STATUSES), "range": list(STATUSES.values())},
                "legend": None,
            },
            "tooltip": [
                {"field": "started_at", "title": "Started from", "type": "temporal", "format": "%Y-%m-%d %H:%M"},
                {"field": "status", "title": "Status", "type": "nominal"},
                vega.tip("duration_s", "Seconds on average", ",.1f"),
            ],
        },
    }
    return vega.chart([points], height=180)
