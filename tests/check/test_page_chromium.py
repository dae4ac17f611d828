"""The HTML page in a real browser: it sorts, filters, prints, and everyone can use it."""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fabricated import no_cases, tables

from reconcile.report import page
from reconcile.tables import Tables
from reconcile.text import LANGUAGES

pytestmark = pytest.mark.check

# axe-core, where the set-up for checks has put it; the tests themselves fetch nothing.
AXE = Path(__file__).parents[2] / ".cache" / "axe-core" / "axe.min.js"


class Browser:
    """A headless Chromium, spoken to by WebDriver (plain JSON over HTTP)."""

    def __init__(self, port: int, dark: bool = False) -> None:
        self._root = f"http://127.0.0.1:{port}"
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"]
        if dark:
            arguments.append("--blink-settings=preferredColorScheme=0")
        chrome = {"args": arguments}
        if os.environ.get("CHROMIUM"):
            chrome["binary"] = os.environ["CHROMIUM"]  # type: ignore[assignment]
        wanted = {
            "alwaysMatch": {"goog:chromeOptions": chrome, "goog:loggingPrefs": {"browser": "ALL"}}
        }
        made = self._send("POST", "/session", {"capabilities": wanted})
        self._session = f"/session/{made['sessionId']}"

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One WebDriver command of this session."""
        return self._send(method, self._session + path, body)

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that a script returns in the page."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def type(self, selector: str, text: str) -> None:
        """Type into the element that a CSS selector finds."""
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        (name,) = found.values()
        self.call("POST", f"/element/{name}/value", {"text": text})

    def open(self, found: Tables, lang: str, folder: Path) -> None:
        """Open the page of these tables."""
        path = folder / "page.html"
        path.write_text(page.document(found, lang, all_rows=True), "utf-8")
        self.call("POST", "/url", {"url": path.as_uri()})

    def complaints(self) -> list[str]:
        """What the browser had to say of the page: errors, refused requests."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a running chromedriver."""
    program = shutil.which("chromedriver")
    assert program, "chromium-driver is not installed"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    with subprocess.Popen([program, f"--port={number}"], stdout=subprocess.DEVNULL) as driver:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{number}/status", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield number
        driver.terminate()


@pytest.fixture(params=[False, True], ids=["light", "dark"])
def browser(port: int, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser that prefers light or dark pages."""
    made = Browser(port, request.param)
    yield made
    made.call("DELETE", "")


@pytest.fixture
def light(port: int) -> Iterator[Browser]:
    """A browser that prefers light pages."""
    made = Browser(port)
    yield made
    made.call("DELETE", "")


def test_words_stay_whole_on_a_phone(light: Browser, tmp_path: Path) -> None:
    """On a telephone the names of sums would stand one character above the other."""
    light.open(tables("ja"), "ja", tmp_path)
    # No window is made as narrow as a telephone.
    light.run("document.querySelector('main').style.width = '240px'")
    high = light.run(
        "return Array.from(document.querySelectorAll('tbody th'), cell => cell.offsetHeight)"
    )
    assert max(high) < 2 * min(high)


_COLUMN = """
const table = document.getElementById(arguments[0] + "-table");
const at = Array.from(table.tHead.rows[0].cells).findIndex(c => c.textContent === arguments[1]);
const body = Array.from(table.tBodies[0].rows).filter(row => !row.hidden);
return body.map(row => row.cells[at].textContent);
"""
_PRESS = """
const table = document.getElementById(arguments[0] + "-table");
const heads = Array.from(table.tHead.rows[0].cells);
const head = heads.find(c => c.textContent === arguments[1]);
head.querySelector("button").focus();
head.querySelector("button").click();
return heads.map(c => c.getAttribute("aria-sort"));
"""


def test_a_header_sorts_by_value(light: Browser, tmp_path: Path) -> None:
    """¥12,980 would stand before ¥4,845, or a blind user could not tell how the list is sorted."""
    light.open(tables(), "en", tmp_path)
    said = light.run(_PRESS, "refunds", "Charged")
    assert [one for one in said if one] == ["ascending"]
    shown = light.run(_COLUMN, "refunds", "Charged")
    amounts = [float(one.strip("¥$").replace(",", "")) for one in shown]
    assert amounts == sorted(amounts)
    assert [one for one in light.run(_PRESS, "refunds", "Charged") if one] == ["descending"]
    shown = light.run(_COLUMN, "refunds", "Charged")
    assert [float(one.strip("¥$").replace(",", "")) for one in shown] == sorted(amounts)[::-1]
    light.run(_PRESS, "todo", "By")
    assert light.run(_COLUMN, "todo", "By") == ["2026-11-28", "2026-11-30", "2026-12-05", "", ""]
    light.run(_PRESS, "todo", "By")
    assert light.run(_COLUMN, "todo", "By")[-1] == ""


def test_the_filter_leaves_what_was_asked_for(light: Browser, tmp_path: Path) -> None:
    """A search would hide what it should show, or not tell how much is left."""
    light.open(tables(), "en", tmp_path)
    light.type("#transactions-filter", "５６７８ singapore")
    shown = light.run(_COLUMN, "transactions", "On the statement")
    assert shown == ["ALIEXPRESS SINGAPORE", "ALIPAY SINGAPORE"]
    told = light.run(
        "return document.querySelector('#transactions-table-tools [role=status]').textContent"
    )
    assert told == "2 of 14 rows shown"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("make", [tables, no_cases])
def test_the_page_asks_for_nothing_and_runs_nothing(
    light: Browser, tmp_path: Path, lang: str, make: Any
) -> None:
    """A descriptor could run as a script, or opening the report would tell someone of it."""
    light.open(make(lang), lang, tmp_path)
    assert light.complaints() == []
    assert light.run("return performance.getEntriesByType('resource').length") == 0
    assert light.run("return document.scripts.length") == 1
    refused = light.run(
        "try { document.body.insertAdjacentHTML('beforeend', '<img src=http://127.0.0.1:1/x>');"
        "const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
        "document.body.append(s); return window.bad ?? null } catch (e) { return null }"
    )
    assert refused is None


def test_it_prints_on_paper(light: Browser, tmp_path: Path) -> None:
    """The printed report would be a blank sheet, or show search fields nobody can use."""
    light.open(tables(), "en", tmp_path)
    pdf = base64.b64decode(light.call("POST", "/print", {"orientation": "landscape"}))
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 20_000
    light.call(
        "POST",
        "/goog/cdp/execute",
        {"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}},
    )
    seen = light.run("return getComputedStyle(document.querySelector('.tools')).display")
    assert seen == "none"


_ACCESS = """
const bad = [];
for (const th of document.querySelectorAll("thead th")) if (th.scope !== "col") bad.push("scope");
for (const field of document.querySelectorAll("input"))
  if (!field.labels.length) bad.push("label " + field.id);
for (const svg of document.querySelectorAll("svg"))
  if (svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label")) bad.push("svg");
for (const table of document.querySelectorAll("table"))
  if (!table.caption && !table.getAttribute("aria-labelledby")) bad.push("table");
const ids = Array.from(document.querySelectorAll("[id]"), e => e.id);
if (new Set(ids).size !== ids.length) bad.push("ids");
for (const a of document.querySelectorAll("a[href^='#']"))
  if (!document.getElementById(a.hash.slice(1))) bad.push("link " + a.hash);
const lum = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => v / 255)
  .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const back = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (!c.endsWith(", 0)")) return c; } return "rgb(255, 255, 255)"; };
for (const e of document.querySelectorAll("td, th, p, li, a, button, h1, h2, h3, caption, label")) {
  if (!e.textContent.trim() || !e.offsetParent) continue;
  const [a, b] = [lum(getComputedStyle(e).color), lum(back(e))].sort((x, y) => y - x);
  if ((a + .05) / (b + .05) < 4.5) bad.push("contrast " + e.tagName + " " + e.className);
}
return bad;
"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everyone_can_read_it(browser: Browser, tmp_path: Path, lang: str) -> None:
    """A user with a screen reader, a keyboard or weak eyes could not use the page."""
    browser.open(tables(lang), lang, tmp_path)
    assert browser.run("return document.documentElement.lang") == lang
    assert browser.run(_ACCESS) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_no_serious_violation(browser: Browser, tmp_path: Path, lang: str) -> None:
    """Some barrier that is known to shut people out would stand in the page."""
    assert AXE.is_file(), "axe-core is not here: run make check, which fetches it with npm"
    browser.open(tables(lang), lang, tmp_path)
    # The page's own policy lets no foreign script in; the debugger's door does.
    params = {"expression": AXE.read_text("utf-8")}
    browser.call("POST", "/goog/cdp/execute", {"cmd": "Runtime.evaluate", "params": params})
    found = browser.call(
        "POST", "/execute/async",
        {"script": "const done = arguments[0]; axe.run().then(r => done(r.violations.map(v =>"
                   "[v.id, v.impact, v.nodes.length, v.nodes[0].html])))", "args": []},
    )  # fmt: skip
    assert found == []
