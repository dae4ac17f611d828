"""Draw the pictures of the README: console, workbook, page and figure, in both languages.

`python -m benchmarks.pictures [FOLDER]` runs the sample statements and writes small PNG files to
`docs/pictures`. Needs Chromium, LibreOffice, pdftoppm and the extra `reconcile[notebook]`.
"""

import datetime as dt
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops
from rich.console import Console
from rich.terminal_theme import MONOKAI

from reconcile import reconcile
from reconcile.report import console
from reconcile.result import Reconciliation
from reconcile.text import LANGUAGES

ROOT = Path(__file__).parents[1]
STATEMENT = ROOT / "sample_statements" / "plain" / "jpy-card-with-originals.csv"
ORDERS = ROOT / "sample_statements" / "orders.csv"
AS_OF = dt.date(2026, 11, 23)
MOST_BYTES = 200_000
_WIDE = 1100
# Full-width characters take exactly two half-width ones in these fonts, as in a terminal.
_FONTS = {"en": "DejaVu Sans Mono", "ja": "IPAGothic"}
# Lines drawn in them are as wide as a full-width character, and are cut at the terminal's edge.
_TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 14px; background: #10141a; color: #d8dee9; }}
pre {{ margin: 0; font: 16px/1.4 "FONT", monospace; width: 130ch; overflow: hidden; }}
</style><pre>{code}</pre>"""


def main() -> None:
    """Write all pictures, and say how large each is."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        result = reconcile(STATEMENT, orders=ORDERS, as_of=AS_OF, lang=lang)
        with tempfile.TemporaryDirectory() as name:
            for what, draw in _DRAWN.items():
                path = folder / f"{what}-{lang}.png"
                save(draw(result, lang, Path(name)), path)
                print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def save(picture: Image.Image, path: Path) -> None:
    """Cut the empty margins off and store in few colours, which text and charts do not miss."""
    flat = picture.convert("RGB")
    corner = Image.new("RGB", flat.size, flat.getpixel((0, flat.height - 1)) or (255, 255, 255))
    box = ImageChops.difference(flat, corner).getbbox()
    if box:
        left, top, right, low = box
        room = 12
        flat = flat.crop(
            (max(left - room, 0), max(top - room, 0), min(right + room, flat.width),
             min(low + room, flat.height))
        )  # fmt: skip
    if flat.width > _WIDE:
        flat = flat.resize(
            (_WIDE, round(flat.height * _WIDE / flat.width)), Image.Resampling.LANCZOS
        )
    for colours in (160, 80, 40):
        small = flat.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return
    raise SystemExit(f"{path} is larger than {MOST_BYTES} bytes")


def terminal(result: Reconciliation, lang: str, folder: Path) -> Image.Image:
    """What the command prints."""
    screen = Console(
        record=True, file=io.StringIO(), width=130, force_terminal=True, color_system="truecolor"
    )
    screen.print(f"$ reconcile statement.csv --orders orders.csv{' --lang ja' * (lang == 'ja')}\n")
    console.render(result.tables, lang, screen, [Path("statement-refunds.xlsx")])
    path = folder / "console.html"
    form = _TERMINAL.replace("FONT", _FONTS[lang])
    told = screen.export_html(theme=MONOKAI, code_format=form, inline_styles=True)
    path.write_text(told, "utf-8")
    return shot(path, folder, 1300, 2000)


def workbook(result: Reconciliation, lang: str, folder: Path) -> Image.Image:
    """The first page of the workbook as LibreOffice prints it."""
    path = result.to_excel(folder / f"{lang}.xlsx")
    profile = (folder / "office").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    pdf, out = path.with_suffix(".pdf"), folder / f"{lang}-sheet"
    command = ["pdftoppm", "-r", "130", "-f", "1", "-l", "1", "-singlefile", "-png", str(pdf)]
    subprocess.run([*command, str(out)], check=True, timeout=60)
    with Image.open(out.with_suffix(".png")) as picture:
        # Without the foot of the page, which stands far below what there is to see.
        return picture.crop((0, 0, picture.width, round(picture.height * 0.9)))


def page(result: Reconciliation, lang: str, folder: Path) -> Image.Image:
    """The top of the HTML page."""
    return shot(result.to_html(folder / f"{lang}.html"), folder, 1200, 1150)


def figure(result: Reconciliation, lang: str, folder: Path) -> Image.Image:
    """The notebook's waterfall."""
    path = folder / "figure.png"
    result.plot.waterfall(lang=lang).savefig(path, dpi=110)
    with Image.open(path) as picture:
        return picture.copy()


def shot(path: Path, folder: Path, wide: int, high: int) -> Image.Image:
    """A file as Chromium shows it."""
    out = folder / f"{path.name}.png"
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        f"--user-data-dir={folder / 'chromium'}", f"--window-size={wide},{high}",
        f"--screenshot={out}", path.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with Image.open(out) as picture:
        return picture.copy()


_DRAWN = {"console": terminal, "workbook": workbook, "page": page, "figure": figure}

if __name__ == "__main__":
    main()
