"""What a publisher says is text on every screen: nothing of it is drawn, asked for, run, or leads anywhere."""

import shutil
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Dialog, Page, Request, expect

from include.local import airflow
from include.quality import data_docs
from include.warehouse import Role, Warehouse
from tests import hostile_rows
from tests.hostile_texts import ELSEWHERE, HOSTILE, as_shown
from tests.onlooker import Place, ask, opened

# What leads out of a page, or runs, by its attributes. (Style sheets and scripts of the page's own name no such place.)
LIVE = """
(elsewhere) => {
  const leads = /^(href|xlink:href|src|srcset|srcdoc|action|data|poster|style|content)$/;
  const isLive = ({name, value}) => (/^on/.test(name) && value.includes("alert("))
    || (leads.test(name) && (value.includes(elsewhere) || /^\\s*(javascript|data:text)/i.test(value)));
  const live = [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(isLive));
  return live.map((element) => element.outerHTML.slice(0, 200));
}
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

    def be_kept_in(request: Request) -> None:
        # By the page's Content-Security-Policy: it is announced, and not sent.
        if request.failure == "csp":
            done.remove(request.url)

    def speak_up(dialog: Dialog) -> None:
        done.append(dialog.message)
        dialog.dismiss()

    heard = {"request": ask_elsewhere, "requestfailed": be_kept_in, "dialog": speak_up}
    for event, listener in heard.items():
        page.on(event, listener)  # type: ignore[call-overload] - of three events at once
    yield page
    for event, listener in heard.items():
        page.remove_listener(event, listener)
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
    box = page.get_by_label("Observed values over time")
    box.press("ArrowDown")
    box.fill("hostile: ")
    expect(page.get_by_role("option").filter(has_not_text="hostile: ")).to_have_count(0)
    names = {as_shown(f"hostile: {text}") for text in hostile_rows.TEXTS}
    assert names >= {as_shown(option) for option in page.get_by_role("option").all_inner_texts()} > set()
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


@pytest.fixture
def reader(page: Page, place: Place) -> Page:
    """The window of somebody who has logged in to Airflow."""
    credentials = {"username": airflow.USER, "password": place.password}
    token = requests.post(f"{place.airflow}/auth/token", json=credentials, timeout=30).json()["access_token"]
    page.context.add_cookies([{"name": "_token", "value": token, "url": place.airflow}])
    return page


def test_grid_tells_texts_as_text(reader: Page, place: Place, hostile_run: str) -> None:
    reader.goto(f"{place.airflow}/grid/")
    told = reader.locator("main").all_inner_texts()
    assert_is_text(reader, told, [*hostile_rows.MESSAGES, *hostile_rows.TEXTS])
    reader.goto(f"{place.airflow}/grid/runs/{hostile_rows.DAG}/{hostile_run}")
    assert_is_text(reader, reader.locator("main").all_inner_texts(), hostile_rows.TEXTS)


@pytest.fixture
def docs_page(place: Place, hostile_run: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page of Data Docs that quotes every text, as *Grid* serves it."""
    monkeypatch.setitem(data_docs.WITH_EXAMPLES, "partial_unexpected_count", len(HOSTILE))
    machine = place.machine
    url = Warehouse.of(machine.settings, machine.home).dsn(Role.TRANSFORMER)
    folder = machine.home.path / "data_docs" / "hostile"
    data_docs.build_data_docs(url, folder, [hostile_rows.judged()], is_personal=False)
    [written] = folder.glob("validations/**/*.html")
    yield f"{place.airflow}/grid/data-docs/{written.relative_to(folder.parent)}"
    shutil.rmtree(folder)


def test_data_docs_quote_texts_as_text(reader: Page, docs_page: str) -> None:
    reader.goto(docs_page)
    assert_is_text(reader, [reader.locator("body").inner_text()], hostile_rows.TEXTS)
