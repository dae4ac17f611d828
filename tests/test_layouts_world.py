"""Statements from outside Japan as their banks really write them, against a reading by hand."""

import os
from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

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
    frame, source = read_file(path)
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
        read_file(_world(name))
    assert caught.value.code == "layout_none"


@needs_corpus
def test_no_file_of_the_corpus_is_forgotten() -> None:
    """A bank's file would be in the corpus without anybody having read it by hand."""
    world = CORPUS / "csv" / "world"
    found = {p.relative_to(world).as_posix() for p in world.rglob("*") if p.is_file()}
    assert found == {name for name in (*EXPECTED, *HOPELESS) if not name.startswith("..")}


SAMPLES = {
    "amex-ca": "amex-ca", "amex-de": "amex-de", "amex-us": "amex-us", "apple-card": "apple-card",
    "barclaycard": "barclaycard", "bmo": "bmo-card", "boc": "boc", "bocom": "bocom",
    "bofa": "bofa-card", "bunq": "bunq", "capital-one": "capital-one", "chase": "chase",
    "citi": "citi", "cmb": "cmb", "dbs": "dbs-card", "discover": "discover",
    "dkb": "dkb-card-2023", "hsbc-hk": "hsbc-hk", "john-lewis": "john-lewis", "kbc": "kbc-card",
    "max": "max-il", "monzo": "monzo", "n26": "n26", "nubank": "nubank",
    "rabobank": "rabobank-card", "revolut": "revolut", "sparkasse": "sparkasse-card",
    "swisscard": "swisscard", "t-bank": "t-bank", "td": "td", "ubs": "ubs-card",
    "wells-fargo": "wells-fargo", "wise": "wise",
}  # fmt: skip


@pytest.mark.parametrize("issuer", SAMPLES)
def test_a_sample_is_read_in_full(issuer: str) -> None:
    """A bank's own export would lose rows, or the foreign amounts by which refunds are found."""
    found = [
        reading
        for path in sorted((ROOT / "sample_statements" / issuer).iterdir())
        if not path.name.endswith(".expected.txt")
        for reading in readers.read_path(path, layout.shipped())
    ]
    rows = pd.concat([frame for frame, _ in found])
    assert {source.layout for _, source in found} == {SAMPLES[issuer]}
    assert not [line for _, source in found for line in source.rejected]
    assert "note.annotation" not in {note.code for _, source in found for note in source.notes}
    ali = rows[rows["description"].str.contains("aliexpress", case=False)]
    assert (ali["amount"] > 0).any()
    assert (ali["amount"] < 0).any()


# Layouts that are known from their description only: header, then a charge and a refund.
DESCRIBED = {
    "amex-no": (
        "Dato,Beskrivelse,Beløp,Utvidede detaljer\n"
        '04/24/2025,ALIEXPRESS,"219,56",Foreign Spend Amount: 20.00 UNITED STATES DOLLAR '
        'Commission Amount: "5,36" Currency Exchange Rate: 0.0933\n'
        '05/02/2025,ALIEXPRESS,"-100,00",\n',
        [21956, -10000],
    ),
    "amex-uk": (
        "Date,Description,Amount,Extended Details,Appears On Your Statement As,Address,Town/City,"
        "Postcode,Country,Reference,Category\n"
        "14/03/2025,ALIEXPRESS,12.50,,,,,,,'AT1',\n02/04/2025,ALIEXPRESS,-12.50,,,,,,,'AT2',\n",
        [1250, -1250],
    ),
    "discover": (
        "Trans. Date,Post Date,Description,Amount,Category,Transaction Type,Reference Number\n"
        "03/14/2025,03/15/2025,ALIEXPRESS,12.50,Merchandise,Sale,1\n"
        "04/02/2025,04/03/2025,ALIEXPRESS,12.50,Merchandise,Return,2\n",
        [1250, -1250],
    ),
    "apple-card": (
        "Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD)\n"
        "03/14/2025,03/15/2025,ALIEXPRESS,AliExpress,Other,Purchase,-12.50\n"
        "04/02/2025,04/03/2025,ALIEXPRESS,AliExpress,Other,Refund,12.50\n",
        [1250, -1250],
    ),
    "bocom": (
        "交易日期,记账日期,交易说明,交易币种/金额,入账币种/金额\n"
        "2025-03-14,2025-03-15,消费 ALIEXPRESS,CNY 12.50,CNY 12.50\n"
        "2025-04-02,2025-04-03,退货 ALIEXPRESS,CNY 12.50,CNY 12.50\n",
        [1250, -1250],
    ),
    "bmo": (
        "Following data is valid as of 20250509114529 (Year/Month/Day/Hour/Minute/Second)\n\n"
        "First Bank Card,Transaction Type,Date Posted, Transaction Amount,Description\n"
        "'5510290119795713',DEBIT,20250314,-12.50,ALIEXPRESS\n"
        "'5510290119795713',CREDIT,20250402,12.50,ALIEXPRESS\n",
        [1250, -1250],
    ),
    "rbc": (
        '"Account Type","Account Number","Transaction Date","Cheque Number","Description 1",'
        '"Description 2","CAD$","USD$"\nVisa,4510123412341234,3/14/2025,,"ALIEXPRESS",,-12.50,\n'
        'Visa,4510123412341234,4/2/2025,,"ALIEXPRESS",,12.50,\n',
        [1250, -1250],
    ),
    "chase-bank": (
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
        "DEBIT,03/14/2025,ALIEXPRESS,-12.50,DEBIT_CARD,87.50,,\n"
        "CREDIT,04/02/2025,ALIEXPRESS,12.50,MISC_CREDIT,100.00,,\n",
        [1250, -1250],
    ),
    "bofa-bank": (
        'Description,,Summary Amt.\nBeginning balance as of 03/01/2025,,"1,000.00"\n\n'
        "Date,Description,Amount,Running Bal.\n"
        '03/01/2025,Beginning balance as of 03/01/2025,,"1,000.00"\n'
        "03/14/2025,ALIEXPRESS,-12.50,987.50\n04/02/2025,ALIEXPRESS,12.50,1000.00\n",
        [1250, -1250],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_described_layout_has_the_right_signs(tmp_path: Path, name: str) -> None:
    """A refund would count as a charge for a bank whose export is known by description only."""
    content, amounts = DESCRIBED[name]
    path = tmp_path / "x.csv"
    path.write_text(content, "utf-8")
    frame, source = read_file(path)
    assert source.layout == name
    assert frame["amount"].tolist() == amounts
    assert not source.rejected


def test_amounts_in_the_column_of_their_currency(tmp_path: Path) -> None:
    """The purchases of a dollar card would be left out, or be dollars of another country."""
    head = DESCRIBED["rbc"][0].splitlines()[0]
    rows = [
        'Visa,4510123412341234,3/14/2025,,"ALIEXPRESS",,-12.50,',
        'Visa USD,4510123498769876,3/14/2025,,"ALIEXPRESS",,,-9.75',
        'Visa USD,4510123498769876,4/2/2025,,"ALIEXPRESS",,,9.75',
    ]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([head, *rows, ""]), "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [1250, 975, -975]
    assert frame["currency"].tolist() == ["CAD", "USD", "USD"]
    assert not source.rejected


def test_the_shop_stands_beside_how_an_account_was_used(tmp_path: Path) -> None:
    """Purchases at AliExpress from a bank account would be unknown, and wages be refunds."""
    head = DESCRIBED["rbc"][0].splitlines()[0]
    rows = [
        'Chequing,01234-1234567,3/14/2025,,"VISA DEBIT PURCHASE - 4242","ALIEXPRESS",-12.50,',
        'Chequing,01234-1234567,3/15/2025,,"ALIEXPRESS","IDP PURCHASE - 4242",-9.75,',
        'Chequing,01234-1234567,3/16/2025,,"MONTHLY FEE",,-4.00,',
        'Chequing,01234-1234567,3/20/2025,,"PAYROLL DEPOSIT","ACME LTD",900.00,',
        'Chequing,01234-1234567,4/2/2025,,"C - IDP REFUND-4242","ALIEXPRESS",9.75,',
        'Visa,4510123412341234,4/3/2025,,"PAYMENT - THANK YOU",,50.00,',
    ]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([head, *rows, ""]), "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    shops = ["ALIEXPRESS", "ALIEXPRESS", "MONTHLY FEE", "ACME LTD", "ALIEXPRESS"]
    assert frame["description"].tolist() == [*shops, "PAYMENT - THANK YOU"]
    assert frame["kind"].tolist()[3:] == ["payment", "refund", "payment"]


def test_wages_on_an_account_of_the_cards_bank_are_no_refund(tmp_path: Path) -> None:
    """They would be listed among refunds, as one layout serves cards and accounts."""
    rows = [
        '"08/03/2026","-15.49","*","","PURCHASE AUTHORIZED ON 08/02 ALIEXPRESS.COM CA"',
        '"07/22/2026","-42.10","*","","PURCHASE AUTHORIZED ON 07/21 BAKERY CA"',
        '"07/15/2026","3200.00","*","","ACME CORP PAYROLL 260715"',
        '"07/13/2026","15.49","*","","PURCHASE RETURN AUTHORIZED ON 07/12 ALIEXPRESS.COM CA"',
    ]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([*rows, ""]), "utf-8")
    frame, source = read_file(path)
    assert source.layout == "wells-fargo"
    assert frame["kind"].tolist()[2:] == ["payment", "refund"]


def test_of_a_card_the_shop_stands_first_of_an_account_behind_its_use(tmp_path: Path) -> None:
    """In words that nobody listed a use would hide AliExpress, or a town the shop."""
    head = DESCRIBED["rbc"][0].splitlines()[0]
    rows = [
        'Chequing,01234-1234567,3/14/2025,,"Intl Visa Deb Pur-4242","ALIEXPRESS",-12.50,',
        'Savings,01234-7654321,3/15/2025,,"Achat international","ALIEXPRESS",-9.75,',
        'Visa,4510123412341234,3/16/2025,,"CREDIT KARMA","TORONTO",-5.00,',
        'Chequing,01234-1234567,4/2/2025,,"POS RETURN","ALIEXPRESS",12.50,',
        'Chequing,01234-1234567,4/3/2025,,"Visa Debit correction","ALIEXPRESS",9.75,',
    ]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([head, *rows, ""]), "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    shops = ["ALIEXPRESS", "ALIEXPRESS", "CREDIT KARMA", "ALIEXPRESS", "ALIEXPRESS"]
    assert frame["description"].tolist() == shops
    assert frame["kind"].tolist()[3:] == ["refund", "refund"]


def test_cells_that_moved_do_not_turn_the_fees(tmp_path: Path) -> None:
    """Amounts of damaged rows, in the fee's place, would make every other fee money back."""
    header = (
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance"
    )
    days = "2025-03-15 11:02:13,2025-03-16 05:12:44"
    rows = [
        f"Card Payment,Current,{days},AliExpress,-61.90,0.62,GBP,COMPLETED,810.02",
        f"Card Payment,Current,Current,{days},Cafe,-50.00,0.00,GBP,COMPLETED,760.02",
        f"Card Payment,Current,Current,{days},Books,-20.00,0.00,GBP,COMPLETED,740.02",
    ]
    path = tmp_path / "account-statement.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    frame, source = read_file(path)
    assert source.layout == "revolut"
    assert frame["amount"].tolist() == [6252]
    assert [bad.line for bad in source.rejected] == [3, 4]


def test_a_refund_of_the_old_alipay_export_has_no_side_of_its_own(tmp_path: Path) -> None:
    """Whether money came in is told by the state of the row and of the money alone."""
    head = (
        "交易号 ,商家订单号 ,交易创建时间 ,付款时间 ,最近修改时间 ,交易来源地 ,类型 ,交易对方 ,"
        "商品名称 ,金额（元） ,收/支 ,交易状态 ,服务费（元） ,成功退款（元） ,备注 ,资金状态 ,"
    )
    day = "2019-09-12 13:11:25 ,2019-09-12 13:11:25 ,2019-09-12 13:11:25 ,其他 ,即时到账交易"
    rows = [
        f"1\t,S1\t,{day} ,AliExpress ,a ,64.20 ,支出 ,交易成功 ,0.00 ,0.00 , ,已支出 ,",
        f"1\t,S1\t,{day} ,AliExpress ,退款-a ,64.20 , ,退款成功 ,0.00 ,0.00 , ,已收入 ,",
        f"2\t,S2\t,{day} ,余额宝 ,收益 ,0.01 ,收入 ,交易成功 ,0.00 ,0.00 , ,已收入 ,",
        f"3\t,S3\t,{day} ,余额宝 ,转入 ,50.00 , ,交易成功 ,0.00 ,0.00 , ,资金转移 ,",
        # Paid, refunded and then closed; never paid; money held back.
        f"4\t,S4\t,{day} ,AliExpress ,b ,30.00 ,支出 ,交易关闭 ,0.00 ,30.00 , ,已支出 ,",
        f"5\t,S5\t,{day} ,AliExpress ,c ,50.00 , ,交易关闭 ,0.00 ,0.00 , , ,",
        f"6\t,S6\t,{day} ,酒店 ,预授权 ,99.00 ,支出 ,交易成功 ,0.00 ,0.00 , ,冻结 ,",
    ]
    foot = ["-" * 84, "共4笔记录", "已支出:1笔,64.20元"]
    above = ["支付宝交易记录明细查询", "---------交易记录明细列表---------"]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([*above, head, *rows, *foot]) + "\n", "gb18030")
    frame, source = read_file(path)
    assert source.layout == "alipay-web"
    assert frame["amount"].tolist()[:4] == [6420, -6420, -1, 5000]
    assert frame["kind"].tolist()[:4] == ["purchase", "refund", "payment", "adjustment"]
    assert frame["status"].tolist() == [*["posted"] * 5, "voided", "posted"]
    assert frame["kind"].tolist()[4:] == ["purchase", "purchase", "adjustment"]
    assert not source.rejected
