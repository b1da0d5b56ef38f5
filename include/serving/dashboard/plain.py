"""Text from outside (a cause, a finding, a name), for what Streamlit reads as Markdown: labels, headings, messages.

A span of code is the one place in which Streamlit's Markdown looks for nothing. Backslashes would not do: addresses
and emoji are looked for once more when they are gone. How such spans look is said in the frame's style. A badge takes
none: the brackets it escapes within them would be seen.
"""

import re

# Streamlit replaces it wherever it stands, in code too; what parts it here is not seen.
_ICON, _PARTED = ":material/", ":\u2060material/"


def as_text(text: str) -> str:
    """Return Markdown that shows a text as it is written, in one line."""
    line = " ".join(text.split()).replace(_ICON, _PARTED)
    if not line:
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    # One space at both ends is not shown, and lets the text begin and end with the fence's own sign.
    return f"{fence} {line} {fence}"
