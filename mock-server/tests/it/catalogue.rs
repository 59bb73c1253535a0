//! The catalogue on the wire: every form of every push, in both formats, as reviewed.

use std::fmt::Write as _;

use wxcheck_mock_server::catalogue::{Catalogue, Entry, Filling, PLATFORM_OPENID};
use wxcheck_protocol::{
    push::{Format, write_message},
    xml::CdataEnd,
};

fn message(entry: &Entry, format: Format) -> String {
    let filling = Filling {
        account: "gh_0123456789ab",
        openid: "oAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        wechat: PLATFORM_OPENID,
        appid: "wx0123456789abcdef",
        authorizer: "wxfedcba9876543210",
        trade: "T1",
        now: 1_700_000_000,
        msg_id: 23_893_347_810_211_482,
    };
    let fields = filling.fill(&entry.message(format));
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
