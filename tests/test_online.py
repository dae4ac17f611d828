"""Rates from the internet, against a server on this machine that answers well, late and wrongly."""

import datetime as dt
import json
import os
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reconcile import fixings, intake, online, orders, pipeline, rates
from reconcile.errors import SettingsError
from reconcile.settings import Settings
from reconcile.text import LANGUAGES, render

ROOT = Path(__file__).parents[1]
TODAY = dt.date(2026, 11, 23)
DAYS = np.array(["2026-11-16", "2026-11-17"], "datetime64[D]")
_XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>
<Cube time="2026-11-17"><Cube currency="USD" rate="1.25"/><Cube currency="JPY" rate="180.5"/></Cube>
<Cube time="2026-11-16"><Cube currency="USD" rate="1.24"/><Cube currency="JPY" rate="180.0"/></Cube>
</Cube></gesmes:Envelope>"""


class Server:
    """A rate service whose `mood` says how it answers; `asked` holds the paths it was asked for."""

    def __init__(self) -> None:
        self.mood, self.ecb = "well", "well"
        self.asked: list[str] = []
        self.heard: list[bytes] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def do_CONNECT(self) -> None:
                """As a proxy: note who was asked for, and let nobody through."""
                outer.heard.append(self.raw_requestline + bytes(self.headers))
                self.send_error(502)

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                size = int(self.headers.get("Content-Length", 0))
                outer.heard.append(
                    self.raw_requestline + bytes(self.headers) + self.rfile.read(size)
                )
                name = self.path.lstrip("/").split("?")[0]
                file = name.endswith(".xml")
                mood = outer.ecb if file else outer.mood
                if mood == "stall":
                    outer.over.wait(10)
                    return
                if mood == "drip":
                    self.send_response(200)
                    self.end_headers()
                    for _ in range(100):
                        if outer.over.wait(0.1):
                            return
                        self.wfile.write(b" ")
                self.send_response(504 if mood == "504" else 200)
                self.end_headers()
                self.wfile.write(outer.body(mood, name, file).encode())

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def body(self, mood: str, name: str, file: bool) -> str:
        """What is answered."""
        if mood == "html":
            return "<html><body>Moved to api.example</body></html>"
        if mood == "bomb":
            return '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + _XML.split("?>")[1]
        if file:
            return _XML
        date = "2026-11-13" if mood == "lie" else name
        base = "USD" if mood == "other base" else "EUR"
        found: dict[str, Any] = {"USD": 1.5, "JPY": 150.0, "XXX": 3, "GBP": "much", "CHF": -1}
        if mood == "list":
            return json.dumps([found])
        return json.dumps({"base": base, "date": date, "rates": found})

    def close(self) -> None:
        """Let everybody go."""
        self.over.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """The server in the place of both services, an empty cache, and little patience."""
    made = Server()
    monkeypatch.setenv(online.URL_VARIABLE, made.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(online, "TIMEOUT_SECONDS", 0.6)
    yield made
    made.close()


def codes(table: rates.RateTable) -> list[str]:
    """Codes of the notes and of the reasons in them; each note can be said."""
    for lang in LANGUAGES:
        assert all(render(note, lang) for note in table.notes)
    out = []
    for note in table.notes:
        out.append(note.code)
        if "reason" in note.params:
            out.append(note.params["reason"].code)
    return out


def test_a_service_that_answers_is_used(server: Server) -> None:
    """Rates asked for online would not be used, or asked for many times."""
    table = online.table(np.concatenate([DAYS, DAYS]), TODAY)
    assert len(server.asked) == 2
    assert not any("xml" in path for path in server.asked)
    rate, day = table.lookup("USD", "JPY", DAYS)
    assert rate.tolist() == [100.0, 100.0]
    assert day.tolist() == DAYS.tolist()
    assert table.sources(DAYS) == ["online", "online"]
    assert codes(table) == []
    assert np.isnan(table.lookup("EUR", "CHF", DAYS)[0]).all()


def test_other_days_stay_as_they_were(server: Server) -> None:
    """One day asked for online would change the rates of years."""
    day = np.array(["2026-11-17", "2020-06-10"], "datetime64[D]")
    table = online.table(day[:1], TODAY)
    plain = rates.ecb()
    assert table.lookup("EUR", "USD", day[1:])[0] == plain.lookup("EUR", "USD", day[1:])[0]
    assert table.sources(day) == ["online", "ecb"]
    assert set(plain.series) <= set(table.series)
    assert len(table.series) == len(list(table.series))


def test_only_dates_and_currencies_are_sent(server: Server) -> None:
    """Something of the statements would leave the machine."""
    online.table(DAYS, TODAY)
    assert set(server.asked) == {f"/{day}?base=EUR&rtype=fpy" for day in DAYS}


# What a statement, the names around it and the user's own files tell.
_SECRETS = ("holiday", "4321", "aliexpress", "corner", "3000", "2940", "30.00", "erika", "hunter2")


def _run(tmp_path: Path, **env: str) -> str:
    """The command with rates from the internet, among names and files that tell something."""
    folder = tmp_path / "erika"
    folder.mkdir()
    path = folder / "holiday-card-4321.csv"
    path.write_text(
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
        "11/16/2026,11/16/2026,ALIEXPRESS.COM,Shopping,Sale,-30.00,\n"
        "11/17/2026,11/17/2026,ALIEXPRESS.COM,Shopping,Return,29.40,\n"
        "11/18/2026,11/18/2026,CORNER SHOP,Shopping,Sale,-4.00,\n",
        "utf-8",
    )
    (folder / ".netrc").write_text("default login erika password hunter2\n", "utf-8")
    (folder / ".netrc").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", "from reconcile.cli import main; main()", str(path), "--rates",
         "online", "--as-of", "2026-11-23", "--lang", "en"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder),
             "USER": "erika", "LOGNAME": "erika", "XDG_CACHE_HOME": str(tmp_path / "cache"), **env},
        cwd=folder, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_headers_and_bodies_tell_nothing_of_the_user(server: Server, tmp_path: Path) -> None:
    """A header would carry the user's name, a password of another site or a file's name."""
    _run(tmp_path, **{online.URL_VARIABLE: server.url, "NO_PROXY": "127.0.0.1"})
    assert server.heard
    for asked in server.heard:
        head, _, body = asked.decode().partition("\n\n")
        line, *headers = head.splitlines()
        assert re.fullmatch(
            r"GET /(\d{4}-\d\d-\d\d\?base=EUR&rtype=fpy|eurofxref-hist-90d\.xml) HTTP/1\.1", line
        )
        assert body == ""
        names = {header.partition(":")[0] for header in headers}
        assert names <= {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"}
        assert re.search(r"(?m)^User-Agent: python-requests/[\d.]+$", head)
        assert not [secret for secret in _SECRETS if secret in asked.decode().lower()]


def test_a_proxy_sees_the_two_services_alone(server: Server, tmp_path: Path) -> None:
    """Somebody else than the two rate services that the pages name would be asked."""
    told = _run(tmp_path, HTTPS_PROXY=server.url, HTTP_PROXY=server.url, ALL_PROXY=server.url)
    assert server.asked == []
    hosts = {asked.split()[1].decode() for asked in server.heard}
    assert hosts == {"theratesapi.com:443", "www.ecb.europa.eu:443"}
    text = b"".join(server.heard).decode().lower()
    assert not [secret for secret in _SECRETS if secret in text]
    assert "could not be reached" in told


def test_a_second_run_asks_nothing(server: Server, tmp_path: Path) -> None:
    """Every run would ask the service again, and others could read when the user bought."""
    first = online.table(DAYS, TODAY)
    asked = len(server.asked)
    again = online.table(DAYS, TODAY)
    assert len(server.asked) == asked
    assert again.sources(DAYS) == first.sources(DAYS)
    assert again.lookup("USD", "JPY", DAYS)[0].tolist() == [100.0, 100.0]
    file = tmp_path / "reconcile" / "rates.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"url": "x"}', '{"url": "%s", "days": [1]}'])
def test_a_damaged_cache_is_made_anew(server: Server, tmp_path: Path, content: str) -> None:
    """A cut-off file in the cache would end every later run."""
    file = tmp_path / "reconcile" / "rates.json"
    file.parent.mkdir()
    file.write_text(content.replace("%s", server.url), "utf-8")
    table = online.table(DAYS, TODAY)
    assert table.sources(DAYS) == ["online", "online"]
    assert json.loads(file.read_text("utf-8"))["url"] == server.url


def test_a_cache_that_cannot_be_written_is_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full or locked disk would end the run."""
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    table = online.table(DAYS, TODAY)
    assert codes(table) == ["online.cache"]
    assert table.sources(DAYS) == ["online", "online"]


def test_a_full_disk_is_not_filled_further(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every run would leave half a cache behind."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    assert codes(online.table(DAYS, TODAY)) == ["online.cache"]
    assert not list((tmp_path / "reconcile").iterdir())


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("stall", "timeout"),
        ("drip", "timeout"),
        ("lie", "wrong_date"),
        ("other base", "wrong_base"),
        ("html", "not_rates"),
        ("list", "not_rates"),
        ("504", "not_rates"),
    ],
)
def test_a_service_that_fails_gives_way_to_the_ecb(server: Server, mood: str, reason: str) -> None:
    """A dead or lying service would stop the run, or its wrong rates would be used."""
    server.mood = mood
    start = time.monotonic()
    table = online.table(DAYS, TODAY)
    assert time.monotonic() - start < 4
    assert codes(table) == ["online.service", f"online.{reason}"]
    assert table.lookup("EUR", "USD", DAYS)[0].tolist() == [1.24, 1.25]
    assert table.sources(DAYS) == ["ecb", "ecb"]


@pytest.mark.parametrize("mood", ["stall", "html", "504", "bomb"])
def test_without_any_service_the_own_table_serves_with_a_warning(server: Server, mood: str) -> None:
    """Without the internet the run would fail, or use old rates without a word."""
    server.mood, server.ecb = "504", mood
    day = np.array(["2026-09-01"], "datetime64[D]")
    table = online.table(day, TODAY)
    assert codes(table)[-1] == "online.embedded"
    assert "online.ecb_failed" in codes(table)
    plain = rates.ecb()
    assert table.lookup("EUR", "USD", day)[0] == plain.lookup("EUR", "USD", day)[0]


def test_a_service_that_is_not_there(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection would be a traceback."""
    monkeypatch.setenv(online.URL_VARIABLE, "http://127.0.0.1:9")
    table = online.table(DAYS, TODAY)
    assert "online.unreachable" in codes(table)


def test_a_failing_service_is_not_asked_forever(server: Server) -> None:
    """Three hundred days would each wait for the timeout."""
    server.mood = "504"
    many = np.arange("2026-01-05", "2026-11-20", dtype="datetime64[D]")
    online.table(many, TODAY)
    assert len([path for path in server.asked if "xml" not in path]) == 2


def test_the_ecb_file_is_asked_for_recent_days_alone(server: Server) -> None:
    """A file of 90 days would be fetched for a day years ago."""
    server.mood = "504"
    table = online.table(np.array(["2020-06-10"], "datetime64[D]"), TODAY)
    assert not any("xml" in path for path in server.asked)
    assert codes(table)[-1] == "online.embedded"


@pytest.mark.parametrize(
    ("day", "fixing"),
    [
        ("2026-11-15", "2026-11-13"),
        ("2025-04-21", "2025-04-17"),
        ("2025-12-26", "2025-12-24"),
        ("2024-05-01", "2024-04-30"),
        ("2025-06-20", "2025-06-20"),
    ],
)
def test_days_without_a_fixing_ask_for_the_one_before(day: str, fixing: str) -> None:
    """An answer for Friday to a question for Sunday would count as a lie."""
    found = fixings.fixing_days(np.array([day], "datetime64[D]"), TODAY)
    assert found == [dt.date.fromisoformat(fixing)]


def test_fixing_days_are_those_of_the_ecb() -> None:
    """Days on which the ECB fixes no rate would be asked for, and the rest left out."""
    known = rates.ecb().complete()["USD"].day
    first = np.datetime64("1999-01-04", "D")
    days = np.arange("2003-01-02", "2026-01-01", dtype="datetime64[D]")
    ours = np.array(fixings.fixing_days(days, TODAY), "datetime64[D]")
    fixed = (first + known)[(first + known >= days[0]) & (first + known <= days[-1])]
    assert set(ours.tolist()) == set(fixed.tolist())


def test_today_is_not_asked_for() -> None:
    """A rate that is fixed this afternoon would count as a failure of the service."""
    assert fixings.fixing_days(np.array([TODAY, "NaT"], "datetime64[D]"), TODAY) == []


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package would be a traceback after all files were read."""
    monkeypatch.setattr(online, "find_spec", lambda name: None)
    with pytest.raises(SettingsError) as caught:
        intake.rate_source(Settings(rates="online"))
    assert caught.value.code == "rates_online"


def test_a_run_tells_where_each_rate_is_from(server: Server, tmp_path: Path) -> None:
    """The report would call online rates the ECB's."""
    path = tmp_path / "card.csv"
    path.write_text(
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
        "11/16/2026,11/16/2026,ALIEXPRESS.COM,Shopping,Sale,-30.00,\n"
        "11/17/2026,11/17/2026,ALIEXPRESS.COM,Shopping,Return,29.40,\n",
        "utf-8",
    )
    tables, failed = pipeline.run([path], Settings(rates="online", as_of=TODAY))
    assert not failed
    assert set(tables.rates["source"]) <= {"online"}
    days = {name.split("?")[0] for name in server.asked}
    assert days == {"/2026-11-13", "/2026-11-16", "/2026-11-17"}
    assert orders.none().rows.empty
