"""What this program writes itself, which lists no new movements of a bank."""

import re

from reconcile.text import LANGUAGES, codes, say

# The header of bookkeeping entries as CSV.
JOURNAL = ("field.date", "field.case", "field.verdict", "journal.account", "journal.side",
           "field.amount", "timeline.currency", "field.description")  # fmt: skip
# So much of a file tells.
HEAD = 8192
# A case's id behind the day in the first entry; the second paragraph of a case's page. Without one
# of them the texts of both languages need not be loaded.
_ENTRY = re.compile(r'[^\n]*\n[^,;\t\n]+[,;\t]"?[0-9a-f]{12}"?[,;\t]')
_PAGE = re.compile(r"[^\n]*\n\r?\n[^\n]*[:：]")


def is_own(text: str) -> bool:
    """Whether a text, or its beginning, is of entries or of a case's page from here, as written or
    as a spreadsheet saved it anew.
    """
    if _ENTRY.match(text):
        first = text.removeprefix("\ufeff").partition("\n")[0]
        cells = [cell.strip('" \r') for cell in re.split(r"[,;\t]", first)]
        return any(cells == [say(code, lang) for code in JOURNAL] for lang in LANGUAGES)
    if _PAGE.match(text):
        told = text.split("\n")[2]
        to_do = (codes(lang)["message.to_do"].partition("{")[0] for lang in LANGUAGES)
        return told.startswith(tuple(to_do))
    return False
