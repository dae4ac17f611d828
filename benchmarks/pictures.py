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

from reconcile import reconcile
from reconcile.report import console
from reconcile.result import Reconciliation
from reconcile.text import LANGUAGES

ROOT = Path(__file__).parents[1]
STATEMENTS = [ROOT / "sample_statements" / name for name in ("rakuten", "plain")]
ORDERS = ROOT / "sample_statements" / "orders.csv"
AS_OF = dt.date(2026, 11, 23)
MOST_BYTES = 200_000
_WIDE = 1100
# rich's own template, without its fonts from the internet.
_TERMINAL = """<svg viewBox="0 0 {terminal_width} {terminal_height}" width="{terminal_width}"
 height="{terminal_height}" xmlns="http://www.w3.org/2000/svg"><style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", "IPAGothic", monospace;
 font-size: {char_height}px; line-height: {line_height}px; }}
{styles}</style><defs>{lines}</defs>
<rect width="100%" height="100%" fill="#10141a"/>
<g transform="translate(9, 9)" class="{unique_id}-matrix">{backgrounds}{matrix}</g></svg>"""


def main() -> None:
    """Write all pictures, and say how large each is."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        result = reconcile(STATEMENTS, orders=ORDERS, as_of=AS_OF, lang=lang)
        with tempfile.TemporaryDirectory() as name:
            for what, draw in _DRAWN.items():
                path = folder / f"{what}-{lang}.png"
                save(draw(result, lang, Path(name)), path)
                print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def save(picture: Image.Image, path: Path) -> None:
    """Cut the empty margin off and store in 64 colours, which text and charts do not miss."""
    flat = picture.convert("RGB")
    corner = Image.new("RGB", flat.size, flat.getpixel((0, flat.height - 1)) or (255, 255, 255))
    box = ImageChops.difference(flat, corner).getbbox()
    if box:
        room = 12
        flat = flat.crop((0, 0, flat.width, min(box[3] + room, flat.height)))
    if flat.width > _WIDE:
        flat = flat.resize(
            (_WIDE, round(flat.height * _WIDE / flat.width)), Image.Resampling.LANCZOS
        )
    flat.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, path


def terminal(result: Reconciliation, lang: str, folder: Path) -> Image.Image:
    """What the command prints."""
    screen = Console(record=True, file=io.StringIO(), width=118, force_terminal=True)
    screen.print(f"$ reconcile statements/ --orders orders.csv{' --lang ja' * (lang == 'ja')}\n")
    console.render(result.tables, lang, screen, [Path("statements/refunds.xlsx")])
    path = folder / "console.svg"
    path.write_text(screen.export_svg(title="", code_format=_TERMINAL), "utf-8")
    lines = path.read_text("utf-8").split('height="', 1)[1].split('"', 1)[0]
    return shot(path, folder, 1500, int(float(lines)) + 20)


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
        return picture.copy()


def page(result: Reconciliation, lang: str, folder: Path) -> Image.Image:
    """The top of the HTML page."""
    return shot(result.to_html(folder / f"{lang}.html"), folder, 1400, 1500)


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
