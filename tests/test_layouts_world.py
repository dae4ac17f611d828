"""Statements from outside Japan as their banks really write them, against a reading by hand."""

import os
from pathlib import Path

import pytest

from reconcile import layout, readers
from reconcile.errors import InputError

ROOT = Path(__file__).parent.parent
CORPUS = Path(os.environ.get("RECONCILE_CORPUS", ROOT.parent / "shared" / "corpus"))

# file: layout, transactions, sum, sum of money in (minor units, the ledger's sign), rejected lines.
# Read from each file by eye and added up by hand, not by the program.
EXPECTED = {
    "au_amex/foreign_charge_row.csv": ("amex-au", 2, 5061, 0, 0),
    "be_kbc_checking/b2y_export_BE11123456789012_20180304_1422.csv": ("guessed", 1, 340, 0, 0),
    "be_kbc_credit/b2y_export_KBC-Mastercard Business Essential_20200204_1604.csv": (
        "kbc-card", 3, -273, -3577, 0,
    ),
    "ca_td/deg_example-td-records.csv": ("td", 9, -1306, -33223, 0),
    # What is neither spending nor income counts as money out, as an adjustment.
    "cn_alipay_wallet/deg_example-alipay-records.csv": (
        "alipay-wallet", 10, -22190155, -22229453, 0,
    ),
    # Two currencies in one file.
    "cn_boc_credit/deg_example-boc-records.csv": ("boc", 14, 24197, -98984, 0),
    "cn_cgb_credit/deg_example-cgb_credit-records.csv": ("cgb", 4, -82456, -122788, 0),
    "cn_cmb_credit/deg_example-cmb-records.csv": ("cmb", 6, 767598, -38080, 0),
    "cn_icbc_credit/deg_example-icbc-credit-records.csv": ("icbc", 9, -425788, -462101, 0),
    "cn_wechat_wallet/deg_example-wechat-records.csv": ("wechat-wallet", 27, 2897693, -2849, 0),
    "cz_ceska_sporitelna/b2y_TH_20180101-20180523_page_1.csv": ("guessed", 9, 259999, 0, 0),
    "cz_ceska_sporitelna/b2y_TH_20180101-20180523_strana_1.csv": ("guessed", 9, 259999, 0, 0),
    "cz_ceska_sporitelna/b2y_TH_20180521-20180523.csv": ("guessed", 1, 11111, 0, 0),
    "cz_raiffeisen/b2y_Movements_1234512345_201805271848.csv": ("guessed", 1, 100, 0, 0),
    "de_dkb_credit/v1_latin1.csv": ("dkb-card", 2, -12572, -13652, 0),
    "de_dkb_credit/v2_utf8bom.csv": ("dkb-card-2023", 2, -100267, -101347, 0),
    "de_kreissparkasse/b2y_20180226-1000594757-umsatz.CSV": ("guessed", 1, 3699, 0, 0),
    "de_n26/b2y_20171001-20171106.csv": ("n26-2023", 1, 5999, 0, 0),
    "de_n26/en_2024_header.csv": ("n26", 1, 1234, 0, 0),
    "de_volksbank/b2y_Umsaetze_KtoNr538917600_EUR_02-03-2018_1503.CSV": ("guessed", 1, 1722, 0, 0),
    "hu_erste/b2y_W80844_EBH_201945.202122.csv": ("guessed", 2, -94000, -129000, 0),
    "ie_boi/b2y_test_BOI_TransactionExport.csv": ("guessed", 27, 41961, -384122, 0),
    "nl_bunq/b2y_2018-04-14_10-52-13_bunq-transactieoverzicht.csv": ("bunq", 3, -72854, -75000, 0),
    "nl_rabobank/b2y_CSV_A_20180414_112204.csv": ("rabobank", 3, 103749, -5000, 0),
    "reckon_mixed/51-sample.csv": ("td", 8, 7925, 0, 0),
    "reckon_mixed/73-sample.csv": ("guessed", 1, 2700, 0, 0),
    "reckon_mixed/austrian_example.csv": ("guessed", 13, 14957, -20390, 0),
    "reckon_mixed/bom_utf8_file.csv": ("paypal-en", 0, 0, 0, 0),
    "reckon_mixed/broker_canada_example.csv": ("guessed", 12, -478291, -969915, 0),
    "reckon_mixed/chase.csv": ("guessed", 9, -692211, -718352, 0),
    "reckon_mixed/danish_kroner_nordea_example.csv": ("guessed", 6, 473200, -49790, 0),
    "reckon_mixed/english_date_example.csv": ("guessed", 3, 54851, -32749, 0),
    # The row with the balance of the month before is no movement.
    "reckon_mixed/extratofake.csv": ("guessed", 22, -80500, -130000, 0),
    "reckon_mixed/french_example.csv": ("guessed", 9, 33744, 0, 0),
    "reckon_mixed/german_date_example.csv": ("guessed", 3, 54851, -32749, 0),
    # "10-Nov-9": nobody can tell the year.
    "reckon_mixed/harder_date_example.csv": ("guessed", 3, 123400, -12312, 2),
    "reckon_mixed/ing.csv": ("guessed", 3, 1863, -37500, 0),
    "reckon_mixed/intuit_mint_example.csv": ("guessed", 7, 68896, -94335, 0),
    "reckon_mixed/invalid_header_example.csv": ("guessed", 2, -4190, -5000, 0),
    "reckon_mixed/nationwide.csv": ("guessed", 4, -36023, -50000, 0),
    "reckon_mixed/some_other.csv": ("guessed", 9, -695457, -718375, 0),
    "reckon_mixed/spanish_date_example.csv": ("guessed", 3, 54851, -32749, 0),
    "reckon_mixed/suntrust.csv": ("guessed", 7, -70000, -120000, 0),
    "reckon_mixed/test_money_column.csv": ("guessed", 2, -4000, -5000, 0),
    "reckon_mixed/yyyymmdd_date_example.csv": ("guessed", 1, 12345, 0, 0),
    "revolut/reverted_and_pending.csv": ("revolut", 4, 109208, -20000, 0),
    "ru_tbank/operations_utf8.csv": ("t-bank", 2, 140999, 0, 0),
    "sg_amex/fintrack_amex.csv": ("amex-sg", 3, 581779, -60601, 0),
    "sg_dbs/fintrack_dbs_12col.csv": ("dbs", 3, -335450, -350000, 0),
    "sg_dbs/fintrack_dbs_9col.csv": ("dbs", 4, -290425, -350000, 0),
    "sg_ocbc/b2y_TransactionHistory_20180418043121.csv": ("ocbc", 8, 17328, 0, 0),
    "sg_posb/b2y_dba33fceecd62c3c727893361e0ba4d3.P000000027355791.csv": ("posb", 1, 780, 0, 0),
    "uk_first_direct/b2y_20180226_12345678.csv": ("guessed", 1, 500, 0, 0),
    "uk_john_lewis_card/b2y_MS_JANE_SMITH_01-12-2019_14-12-2019.csv": (
        "john-lewis", 13, 39999, -110000, 0,
    ),
    "uk_mixed/barclays_sample.csv": ("barclays-bank", 2, -94000, -100000, 0),
    "uk_monzo/b2y_MonzoDataExport_February2018_2018-02-26_174335.csv": (
        "monzo-2018", 1, 1000, 0, 0,
    ),
    "us_amex/doublepost_amex.csv": ("amex-us-short", 8, 30248, -3589, 0),
    "us_amex/doublepost_amex_signed.csv": ("guessed", 7, 31337, -2500, 0),
    "us_amex/spendtracker_amex.csv": ("amex-us-short", 3, -13860, -50000, 0),
    "us_apple_card/charges_positive.csv": ("apple-card", 2, -3651, -5000, 0),
    "us_ca_mercury/beanhub_mercury.csv": ("mercury", 4, 195462, 0, 0),
    "us_ca_plaid/beanhub_plaid.csv": ("guessed", 6, 11206, -50000, 0),
    "us_ca_wealthsimple/beanhub_wealthsimple.csv": ("wealthsimple", 5, -119790, -124813, 0),
    "us_capital_one_360/spendtracker_capitalone.csv": ("capital-one-360", 2, 19588, -412, 0),
    "us_chase/activity_card_column.csv": ("chase", 2, -47061, -48120, 0),
    "us_chase/beanhub_chase_credit_card.csv": ("chase", 5, -10712, -12345, 0),
    "us_chase/doublepost_chase.csv": ("chase-debit-credit", 8, 9916, -20000, 0),
    "us_citi/spendtracker_citi-doublecash.csv": ("guessed", 3, -10004, -15000, 0),
    "us_discover/all_available.csv": ("discover", 3, -24560, -30370, 0),
    "wise/statement_headers.csv": ("wise", 1, 1000, 0, 0),
    "../jp/generic/okane_csv_template.csv": ("guessed", 9, 685430, -116242, 0),
    "../jp/generic/okane_label_credit_debit.csv": ("guessed", 3, -2055, -5000, 0),
    "../../qif/fintrack_qif_ccard.qif": ("qif", 4, 144356, -3900, 0),
}  # fmt: skip
# No column of these can be told for certain.
HOPELESS = ("reckon_mixed/multi-line-field.csv", "reckon_mixed/simple.csv")

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


def _world(name: str) -> Path:
    return CORPUS / "csv" / "world" / name


@needs_corpus
@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_statement_is_read_as_its_bank_meant_it(name: str) -> None:
    """Amounts of a known bank's file would be missing, doubled or on the wrong side."""
    path = _world(name)
    frame, source = readers.read_file(path, layout.shipped())
    amount = frame["amount"]
    got = (source.layout, len(frame), int(amount.sum()), int(amount[amount < 0].sum()))
    assert (*got, len(source.rejected)) == EXPECTED[name]
    text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert sum(source.lines.values()) == len(text.splitlines())


@needs_corpus
@pytest.mark.parametrize("name", HOPELESS)
def test_a_file_that_is_no_statement_is_refused(name: str) -> None:
    """Numbers that mean nothing would stand in the report."""
    with pytest.raises(InputError) as caught:
        readers.read_file(_world(name), layout.shipped())
    assert caught.value.code == "layout_none"


@needs_corpus
def test_no_file_of_the_corpus_is_forgotten() -> None:
    """A bank's file would be in the corpus without anybody having read it by hand."""
    world = CORPUS / "csv" / "world"
    found = {p.relative_to(world).as_posix() for p in world.rglob("*") if p.is_file()}
    assert found == {name for name in (*EXPECTED, *HOPELESS) if not name.startswith("..")}
