//! The catalogue on the wire: every form of every push, in both formats, as reviewed.

use std::fmt::Write as _;

use wxcheck_mock_server::catalogue::{Entry, Filling, all};
use wxcheck_protocol::{
    message::Field,
    push::{Format, write_message},
    xml::CdataEnd,
};

const OPENID: &str = "oAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const NOW: u64 = 1_700_000_000;

fn message(entry: &Entry, format: Format) -> String {
    let filling = Filling {
        openid: OPENID,
        appid: "wx0123456789abcdef",
        trade: "T1",
        now: NOW,
        msg_id: 23_893_347_810_211_482,
    };
    let mut fields = vec![
        Field::text("ToUserName", "gh_0123456789ab"),
        Field::text("FromUserName", entry.from_user(OPENID)),
        entry.create_time(format, NOW),
        Field::text("MsgType", &entry.msg_type),
    ];
    fields.extend(entry.message_fields(format, &filling));
    write_message(format, &fields, CdataEnd::Split)
}

#[test]
fn the_bytes_of_every_push_are_as_reviewed() {
    for (name, format) in [("xml", Format::Xml), ("json", Format::Json)] {
        let forms = all().unwrap().iter().flat_map(Entry::forms);
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
