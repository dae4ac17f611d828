"""Japanese statements: every file of the open corpus and every sample, read exactly.

The expected counts and sums of the corpus were read off the files by eye, twice; those of the
samples follow from how they were made.
"""

import os
from pathlib import Path

import pytest
from reading import read_file

from reconcile import text

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_statements"
CORPUS = Path(os.environ.get("RECONCILE_CORPUS", ROOT.parent / "shared" / "corpus")) / "csv" / "jp"
GOLD = "goldpoint_smbc_backend"

# file, layout, transactions, sum, sum of the credits (minor units, money out positive)
OPEN = [
    ("amazon_mastercard/headerless_7col.csv", "amazon-mastercard", 2, 1500, -500),
    ("amex_jp/activity_6col.csv", "amex-jp", 3, 123229, 0),
    ("aupay/meisai_6col.csv", "aupay", 2, 13642, 0),
    ("bank_mufg/meisaicsv_MitsubishiUfjBank.csv", "mufg-bank", 2, -184838, -230090),
    ("bank_mufg/zaimconv_mufg202304.csv", "mufg-bank", 1, 9000, 0),
    ("bank_sbi_sumishin/meisaicsv_SbiNetBank.csv", "sbi-bank", 3, 11999, -1),
    ("bank_sbi_sumishin/zaimconv_sbi_sumishin_net_bank202201.csv", "sbi-bank", 5, -190001, -400001),
    ("dcard/smbc_family_9col.csv", "dcard", 2, 4676, 0),
    ("epos/instalment_row.csv", "epos", 1, 3256, 0),
    ("generic/okane_label_credit_debit.csv", "guessed", 3, -2055, -5000),
    (f"{GOLD}/reconstructed_unconfirmed_13col.csv", "smbc-vpass-open", 2, 13064, 0),
    (f"{GOLD}/zaimconv_gold_point_card_plus201807.csv", "smbc-vpass-open", 2, 14858, 0),
    (f"{GOLD}/zaimconv_gold_point_card_plus_201912_202008.csv", "smbc-vpass", 3, 14924, 0),
    ("jcb_myjcb/meisai_12col.csv", "jcb", 2, 1500, 0),
    ("lifecard/marker_footer.csv", "lifecard", 2, 3000, 0),
    ("mufg_nicos/old_8col_shinkiriyogaku.csv", "mufg-old", 2, 67590, 0),
    ("paypal_jp/zaimconv_pay_pal201810.csv", "paypal-ja", 3, 7085, 0),
    ("paypay_card/reconstructed_recalc_blank_date.csv", "paypay-card", 2, 6876, 0),
    ("paypay_card/zaimconv_pay_pay_card_202208.csv", "paypay-card", 2, 3292, 0),
    ("rakuten/confirmed_11col_refund_minus.csv", "rakuten-card", 3, -32, -1200),
    ("rakuten/confirmed_fx_continuation_and_cancel_section.csv", "rakuten-card", 2, 7092, -100),
    ("rakuten/confirmed_fx_note_in_date_cell.csv", "rakuten-card", 1, 3666, 0),
    ("rakuten/old_shiharaitesuryo_header_cp932.csv", "rakuten-card", 1, 8880, 0),
    ("rakuten/reconstructed_formA_cancel_section_positive.csv", "rakuten-card", 4, 6280, -1000),
    ("rakuten/reconstructed_formB_refund_positive_then_fx.csv", "rakuten-card", 3, 2125, -3095),
    ("resona_debit/meisai.csv", "resona-debit", 2, 640, 0),
    ("saison/netanswer_refund_minus_and_triangle.csv", "saison", 3, 800, -200),
    ("saison/netanswer_unquoted_thousands.csv", "saison", 2, 8800, -1200),
    ("smbc_vpass/headerless_8col_blank_amount_fallback.csv", "smbc-vpass", 3, 19058, -500),
    ("smbc_vpass/new_2026_13col.csv", "smbc-vpass-2026", 2, 3000, 0),
    ("smbc_vpass/old_10col_header_unquoted_comma.csv", "smbc-vpass-header", 2, 4200, 0),
    # Dollars, francs and euros together: 12808.12, 1000.00 and 2573.19 came in.
    ("sony_bank_multicurrency/okane_csv_multi_currency.tsv", "sony-bank", 10, -1638131, -2759675),
    ("view/lumine_confirmed.csv", "view", 2, 5508, 0),
    ("view/reconstructed_refund_column.csv", "view", 2, 2720, -460),
]  # fmt: skip
# The transcribed JCB excerpt prints 1000 as its total over rows of 500 and 1000.
TOTALS_OFF = {"jcb_myjcb/meisai_12col.csv"}

SAMPLE = [
    ("rakuten/enavi202607(4321).csv", "rakuten-card", 8, 14004, -6718),
    ("rakuten/enavi202610(4321).csv", "rakuten-card", 5, 4889, -3073),
    ("smbc/202508_header.csv", "smbc-vpass-header", 6, 6121, -3087),
    ("smbc/202604.csv", "smbc-vpass", 9, 8393, -4415),
    ("smbc/202604_11col.csv", "smbc-vpass-guide", 6, 10204, -4115),
    ("smbc/202605_2026form.csv", "smbc-vpass-2026", 6, 18176, -6861),
    ("smbc/202607_unconfirmed.csv", "smbc-vpass-open", 6, 34813, -2544),
    ("dcard/202603.csv", "dcard", 6, 4660, -2188),
    ("amazon-mastercard/202603.csv", "amazon-mastercard", 6, 35656, -2183),
    ("jcb/202606.csv", "jcb", 5, 23926, -2635),
    ("saison/SAISON_2605.csv", "saison", 7, 7233, -2504),
    ("uc/UC_2605.csv", "uc", 7, 7508, -2504),
    ("epos/202605.csv", "epos", 5, 19423, -1954),
    ("aeon/meisai202605.csv", "aeon", 5, 3343, -3373),
    ("paypay/Transactions_20260601-20260630.csv", "paypay-wallet", 5, -9128, -13565),
    ("paypay/detail202607.csv", "paypay-card", 6, 11298, -3565),
    ("aupay/meisai202605.csv", "aupay", 5, 9068, -2865),
    ("aupay/prepaid202603.csv", "aupay-prepaid", 5, -3407, -7865),
    ("aupay/web_meisai202605.csv", "aupay-web", 4, 2025, -2865),
    ("mufg-nicos/202605.csv", "mufg-nicos", 5, 15299, -4753),
    ("mufg-nicos/202605_DC.csv", "dc-card", 3, 599, -4753),
    ("mufg-nicos/meisai202605_old.csv", "mufg-old", 5, 14609, -4753),
    ("amex-jp/activity.csv", "amex-jp", 6, -28224, -54001),
    ("amex-jp/activity_6col.csv", "amex-jp", 3, 16696, -5791),
    ("view/202605.csv", "view", 5, 6618, -3660),
    ("life/meisai202604.csv", "lifecard", 5, 8417, -3224),
    ("ucs/meisai202604.csv", "ucs", 4, 4342, -3224),
    ("komeri/meisai202604.csv", "komeri", 4, 6732, -3224),
    ("orico/meisai202604.csv", "orico", 4, 2712, -3224),
    ("sbi/meisai_20260410093015123.csv", "sbi-debit", 4, 2770, -2491),
    ("resona/meisai202603.csv", "resona-debit", 5, 2498, -2491),
    ("rakuten-bank/RB-visadebitmeisai202603.csv", "rakuten-bank-debit", 4, 2278, -2491),
    ("mufg-bank/1234567_20260401.csv", "mufg-bank", 4, -175239, -232491),
    ("sbi-bank/nyushukinmeisai_20260401.csv", "sbi-bank", 3, 2978, -2491),
    ("sony-bank/FutsuRireki.tsv", "sony-bank", 4, -25000, -26562),
    ("paypal/Download_en.csv", "paypal-en", 4, 2150, -2490),
    ("paypal/Download_ja.csv", "paypal-ja", 4, 2520, -3890),
]  # fmt: skip


def check(
    path: Path, name: str, count: int, total: int, credits: int, *, off: bool = False
) -> None:
    """The file is read by this layout into these rows, and every line is accounted for."""
    frame, source = read_file(path)
    assert source.layout == name
    assert source.rejected == []
    amount = frame["amount"]
    assert (len(frame), int(amount.sum()), int(amount[amount < 0].sum())) == (count, total, credits)
    assert ("note.total" in [note.code for note in source.notes]) == off
    content = path.read_bytes().decode(source.encoding)
    lines = content.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").count("\n") + 1
    assert sum(source.lines.values()) == lines
    for lang in text.LANGUAGES:
        assert all(text.render(note, lang) for note in source.notes)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(("file", "name", "count", "total", "credits"), OPEN)
def test_the_open_corpus_is_read_exactly(
    file: str, name: str, count: int, total: int, credits: int
) -> None:
    """A real statement of this issuer would show a wrong number of rows or a wrong sum."""
    check(CORPUS / file, name, count, total, credits, off=file in TOTALS_OFF)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_no_japanese_corpus_file_is_left_out() -> None:
    """A new corpus file would stay unread without anyone noticing."""
    known = {file for file, *_ in OPEN} | {"generic/okane_csv_template.csv"}
    found = {str(p.relative_to(CORPUS)) for p in CORPUS.rglob("*") if p.is_file()}
    assert found == known


@pytest.mark.parametrize(("file", "name", "count", "total", "credits"), SAMPLE)
def test_every_sample_is_read_exactly(
    file: str, name: str, count: int, total: int, credits: int
) -> None:
    """A statement in the form of this issuer would show a wrong number of rows or a wrong sum."""
    check(SAMPLES / file, name, count, total, credits)


FOREIGN = [
    ("rakuten/enavi202607(4321).csv", 5, None),
    ("rakuten/enavi202610(4321).csv", 2, None),
    ("smbc/202604.csv", 3, "USD"),
    ("smbc/202508_header.csv", 2, "USD"),
    ("smbc/202605_2026form.csv", 2, "USD"),
    ("smbc/202604_11col.csv", 2, "USD"),
    ("smbc/202607_unconfirmed.csv", 2, "USD"),
    ("dcard/202603.csv", 2, "USD"),
    ("jcb/202606.csv", 2, "USD"),
    ("saison/SAISON_2605.csv", 2, "USD"),
    ("paypay/Transactions_20260601-20260630.csv", 1, "USD"),
    ("aupay/prepaid202603.csv", 2, "USD"),
    ("mufg-nicos/202605.csv", 2, "USD"),
    ("mufg-nicos/meisai202605_old.csv", 2, "USD"),
    ("amex-jp/activity.csv", 2, "USD"),
    ("view/202605.csv", 2, "USD"),
    ("sbi/meisai_20260410093015123.csv", 2, "USD"),
    ("rakuten-bank/RB-visadebitmeisai202603.csv", 2, "USD"),
]


@pytest.mark.parametrize(("file", "count", "currency"), FOREIGN)
def test_foreign_amounts_and_rates_are_read(file: str, count: int, currency: str | None) -> None:
    """The refund would be compared in yen only, and its exchange-rate loss could not be told."""
    frame, source = read_file(SAMPLES / file)
    rows = frame[frame["original_amount"].notna()]
    assert len(rows) == count
    assert set(rows["original_currency"].dropna()) == ({currency} if currency else set())
    assert rows["conversion_rate"].notna().all()
    assert (rows["original_amount"].lt(0) == rows["amount"].lt(0)).all()
    assert "note.annotation" not in [note.code for note in source.notes]


def test_a_jcb_refund_said_twice_is_counted_once() -> None:
    """A refund on a JCB card would count double."""
    frame, source = read_file(SAMPLES / "jcb/202606.csv")
    assert source.lines["said twice"] == 1
    assert (frame["amount"] < 0).sum() == 1


def test_the_card_number_of_each_holder_section_is_taken() -> None:
    """Two cards in one Vpass file would be taken for one."""
    frame, _ = read_file(SAMPLES / "smbc/202604.csv")
    assert frame["account_key"].str[:4].tolist() == ["4980"] * 7 + ["5334"] * 2


def test_an_unsettled_row_is_pending() -> None:
    """A row that the bank has not confirmed would be taken for a posted one."""
    for file in ("mufg-nicos/202605.csv", "resona/meisai202603.csv", "paypal/Download_ja.csv"):
        frame, _ = read_file(SAMPLES / file)
        assert frame["status"].tolist().count("pending") == 1, file


def test_a_partly_known_layout_is_said_to_be_so() -> None:
    """The user would trust a layout of which only part is known."""
    _, source = read_file(SAMPLES / "epos/202605.csv")
    assert [note.code for note in source.notes] == ["note.partial"]


def test_cells_left_out_of_every_row_cost_none(tmp_path: Path) -> None:
    """Where all rows lack the same cells, what stands behind them would be lost, the header too."""
    path = tmp_path / "202401.csv"
    header = "ご利用日,ご利用店名 ※,ご利用金額,支払区分,今回回数,お支払い金額　現地通貨額,略称"
    rows = f"{header},換算レート,換算日\n2024/1/1,桜町書店,1000,一括,1,1000,JPY,1.0,2024/1/1\n"
    path.write_bytes(rows.encode("cp932"))
    frame, source = read_file(path)
    assert (source.layout, source.lines) == ("smbc-vpass-header", {"header": 1, "transaction": 1})
    assert frame["amount"].tolist() == [1000]


def test_sums_and_a_last_balance_of_a_bank_are_no_lost_rows(tmp_path: Path) -> None:
    """Below its rows an account states what they come to, or no more than its balance."""
    path = tmp_path / "meisai.csv"
    path.write_text(
        "年月日,お引出し,お預入れ,お取り扱い内容,残高,メモ,ラベル\n"
        "2026/9/3,2340,,ALIEXPRESS,497660,,\n2026/9/9,,2340,ALIEXPRESS,500000,,\n"
        "合計,2340,2340,,,,\n,,,,500000,,\n",
        "cp932",
    )
    frame, source = read_file(path)
    assert (frame["amount"].tolist(), source.rejected) == ([2340, -2340], [])


def test_a_paypay_history_is_known_by_either_name_of_its_rate(tmp_path: Path) -> None:
    """Read by a guess, its shops would be lost behind what each row is called."""
    path = tmp_path / "Transactions.csv"
    path.write_text(
        "取引日,出金金額(円),入金金額(円),海外出金金額,通貨,換算レート(円),利用国,取引内容,取引先,"
        "取引方法,支払い区分,利用者,取引番号\n"
        '2026/07/03 23:48:05,"1,800",-,-,-,-,-,支払い,AliExpress,PayPay残高,-,-,1\n'
        '2026/07/09 23:48:05,-,"1,800",-,-,-,-,返金,AliExpress,PayPay残高,-,-,2\n',
        "utf-8",
    )
    frame, source = read_file(path)
    assert (source.layout, frame["amount"].tolist()) == ("paypay-wallet", [1800, -1800])
    assert frame["description"].str.contains("AliExpress").all()
