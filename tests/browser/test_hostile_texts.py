"""What a publisher says is text on every screen: nothing of it is drawn, asked for, run, or leads anywhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from include.warehouse import Warehouse
from tests import hostile_rows
from tests.hostile_texts import ELSEWHERE, HOSTILE, as_shown
from tests.onlooker import Place, ask, opened

# What leads out of a page, or runs, by its attributes. (Style sheets and scripts of the page's own name no such place.)
LIVE = """
(elsewhere) => [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(({name, value}) =>
    /^on/.test(name) || (/^(href|xlink:href|src|srcset|srcdoc|action|data|poster|style|content)$/.test(name)
    && (value.includes(elsewhere) || /^\\s*(javascript|data:text)/i.test(value)))
)).map((element) => element.outerHTML.slice(0, 200))
"""


@pytest.fixture(scope="module")
def hostile_run(place: Place) -> Iterator[str]:
    """The run that brought every hostile text, by its id in Airflow."""
    with hostile_rows.laid_out(Warehouse.of(place.machine.settings, place.machine.home)) as run_id:
        yield run_id


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A window in which nothing may be asked of others, and nothing may speak up."""
    done: list[str] = []

    def ask_elsewhere(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            done.append(request.url)

    def speak_up(dialog: Dialog) -> None:
        done.append(dialog.message)
        dialog.dismiss()

    page.on("request", ask_elsewhere)
    page.on("dialog", speak_up)
    yield page
    page.remove_listener("request", ask_elsewhere)
    page.remove_listener("dialog", speak_up)
    assert done == []


def assert_is_text(page: Page, shown: list[str], wanted: list[str]) -> None:
    """Everything that is wanted is shown, as it is written, and nothing on the page is more than text."""
    assert page.evaluate(LIVE, ELSEWHERE) == []
    held = "\n".join(map(as_shown, shown))
    assert [text for text in wanted if as_shown(text) not in held] == []


def test_causes_are_text(page: Page, place: Place, hostile_run: str) -> None:
    opened(page, f"{place.dashboard}/runs?range=24h&interval=1h")
    failures = page.locator("details").filter(has_text="extract_and_load: ")
    expect(failures).to_have_count(len(hostile_rows.MESSAGES) + 1)
    failures.first.locator("summary").click()
    expect(page.get_by_test_id("stText").filter(has_text=as_shown(hostile_rows.TEXTS[-1])).first).to_be_visible()
    labels = failures.locator("summary").all_inner_texts()
    assert_is_text(page, labels, [*hostile_rows.MESSAGES, hostile_rows.ALL_OF_THEM.splitlines()[0]])
    assert_is_text(page, page.get_by_test_id("stText").all_inner_texts(), hostile_rows.TEXTS)


def test_findings_new_columns_and_refused_rows_are_text(page: Page, place: Place, hostile_run: str) -> None:
    opened(page, f"{place.dashboard}/quality?range=all")
    found = page.get_by_test_id("stAlert").all_inner_texts()
    assert_is_text(page, found, [f"{text}: {text}" for text in hostile_rows.TEXTS])
    page.get_by_label("Observed values over time").press("ArrowDown")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    names = {as_shown(f"hostile: {text}") for text in hostile_rows.TEXTS}
    assert {as_shown(option) for option in options.all_inner_texts()} <= names
    assert_is_text(page, [], [])


def test_columns_of_a_query_are_text(page: Page, place: Place) -> None:
    opened(page, f"{place.dashboard}/explorer")
    names = [HOSTILE[name] for name in ("image", "link", "bare address", "image that fails", "Jinja", "emoji")]
    columns = ", ".join(f'{number} as "{name.replace(chr(34), chr(34) * 2)}"' for number, name in enumerate(names))
    ask(page, f"select {columns}")
    expect(page.get_by_text("1 row, ")).to_be_visible()
    page.get_by_role("tab", name="Chart").click()
    expect(page.locator('[data-testid="stVegaLiteChart"] svg')).to_be_visible()
    picked = page.get_by_test_id("stMultiSelect").all_inner_texts()
    assert_is_text(page, [*picked, *page.locator(".legend").all_inner_texts()], [HOSTILE["link"], HOSTILE["Jinja"]])


def test_what_a_query_was_refused_for_is_text(page: Page, place: Place) -> None:
    said = " ".join(HOSTILE[name] for name in ("image", "link", "bare address", "bare mail address", "icon"))
    opened(page, f"{place.dashboard}/explorer")
    ask(page, f"select '{said}'::integer")
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("invalid input syntax", ignore_case=True)
    assert_is_text(page, alert.all_inner_texts(), [said])
