//! The catalogue on the wire: every form of every push, in both formats, as reviewed.

use std::fmt::Write as _;

use wxcheck_mock_server::{
    catalogue::{Catalogue, CatalogueEntry, PLATFORM_OPENID},
    composer::{Addressee, Message, Stamp},
};
use wxcheck_protocol::{
    account::Account,
    push::{self, Format, write_message},
    xml::CdataEnd,
};

fn message(entry: &CatalogueEntry, format: Format) -> String {
    let to = Addressee {
        original_id: "gh_0123456789ab",
        appid: "wx0123456789abcdef",
        authorizer: "wxfedcba9876543210",
    };
    let stamp = Stamp {
        openid: "oAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        wechat: PLATFORM_OPENID.into(),
        trade: "T1".into(),
        create_time: 1_700_000_000,
        msg_id: 23_893_347_810_211_482,
        request: push::Stamp {
            timestamp: 1_700_000_000,
            nonce: "1".into(),
            random: *b"0123456789abcdef",
        },
    };
    let fields = Message::of(entry, format).addressed(&to, &stamp);
    write_message(format, &fields, CdataEnd::Split)
}

fn find(name: &str, account: Account) -> CatalogueEntry {
    Catalogue::built_in().unwrap().find(name, account).unwrap()
}

#[test]
fn pushes_with_pauses_of_their_own_come_as_often_as_their_pages_say() {
    for (name, account, deliveries, last) in [
        ("xpay_goods_deliver_notify", Account::Mini, 15, 16_384),
        (
            "xpay_subscribe_ios_refund_query_notify",
            Account::Mini,
            3,
            0,
        ),
        ("retail_pay_notify", Account::Mini, 11, 12 * 3600),
        ("cooperation_shop_order", Account::Mini, 10, 3600),
        ("channels_ec_order_pay", Account::Shop, 10, 3600),
        ("minigame_deliver_goods", Account::Minigame, 11, 1024 * 60),
        (
            "minigame_coin_deliver_completed",
            Account::Minigame,
            14,
            3 * 3600,
        ),
    ] {
        let pauses = find(name, account).retry_after;
        assert_eq!(pauses.len() + 1, deliveries, "{name}");
        assert_eq!(pauses.last(), Some(&last), "{name}");
    }
    let told = find("channels_ec_order_pay", Account::Shop)
        .retries()
        .unwrap();
    assert!(told.contains("at most 10 deliveries"), "{told}");
    assert!(told.contains("0 s, 0 s, 10 s, 1 min, 5 min"), "{told}");
}

#[test]
fn a_shops_order_is_a_number_that_no_double_holds() {
    let json = message(&find("channels_ec_order_pay", Account::Shop), Format::Json);
    let order = r#""order_info":{"order_id":3705115058471208928,"#;
    assert!(json.contains(order), "{json}");
}

#[test]
fn the_bytes_of_every_push_are_as_reviewed() {
    for (name, format) in [("xml", Format::Xml), ("json", Format::Json)] {
        let entries = Catalogue::built_in().unwrap().entries();
        let forms = entries.iter().flat_map(CatalogueEntry::forms);
        let forms = forms.filter(|entry| entry.format(format) == format);
        let text = forms.fold(String::new(), |mut text, entry| {
            let bytes = message(&entry, format);
            writeln!(text, "# {}/{}\n{bytes}\n", entry.account, entry.name).unwrap();
            text
        });
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../../snapshots/catalogue");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}
