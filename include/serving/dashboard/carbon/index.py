"""The index of the Carbon Intensity API, from very low to very high, in colours that dark letters can be read on.

Blue-green to brown (https://colorbrewer2.org/#type=diverging&scheme=BrBG), which colour-blind readers tell apart.
"""

VERY_LOW_TO_VERY_HIGH = (
    ("very low", "#5ab4ac"),
    ("low", "#b4ddd6"),
    ("moderate", "#f6e8c3"),
    ("high", "#dfb45f"),
    ("very high", "#c97b2d"),
)
UNKNOWN_COLOUR = "#d4d4d4"
LETTERS_COLOUR = "#111111"
_COLOURS = dict(VERY_LOW_TO_VERY_HIGH)


def colour_of(intensity_index: str | None) -> str:
    """Return the colour of an index; grey, where none is published."""
    return _COLOURS.get(intensity_index or "", UNKNOWN_COLOUR)
