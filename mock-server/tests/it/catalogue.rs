//! The catalogue on the wire: every form of every push, in both formats, as reviewed.

use std::fmt::Write as _;

use wxcheck_mock_server::{
    catalogue::{Catalogue, Entry, PLATFORM_OPENID},
    composer::{Addressee, Message, Stamp},
};
use wxcheck_protocol::{
    push::{self, Format, write_message},
    xml::CdataEnd,
};

fn message(entry: &Entry, format: Format) -> String {
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

#[test]
fn the_bytes_of_every_push_are_as_reviewed() {
    for (name, format) in [("xml", Format::Xml), ("json", Format::Json)] {
        let entries = Catalogue::built_in().unwrap().entries();
        let forms = entries.iter().flat_map(Entry::forms);
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
