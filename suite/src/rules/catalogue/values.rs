//! Values that may stand in a push's fields, and their order: drawn, so that a failing draw shrinks to the field that
//! breaks the server.

use std::sync::Arc;

use proptest::prelude::*;
use wxcheck_mock_server::catalogue::{CatalogueEntry, EntryField, FieldKind};
use wxcheck_protocol::{
    message::{Field, Value, find},
    push::Format,
};

use super::{form, messages};
use crate::{
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Combined},
    step::{Change, Content, Deliver, EntryContent, Form, Scenario, Step},
};

/// The longest that a user's text may be where its page does not say: as long as a text message, in bytes.
const USUAL_LIMIT: usize = 2048;
const DRAWS: usize = 12;

/// Pieces that go wrong somewhere in a text.
const PIECES: [&str; 8] = [
    "😀𠮷",
    "<b>&amp;</b>",
    "a]]>b",
    "\"'\\",
    "100 %s {0}",
    "\u{202e}مرحبا e\u{301}\u{200d}",
    "line\nline\ttab\u{2028}end",
    "'; -- #",
];

/// Characters that only JSON can carry.
const CONTROL: &str = "a\u{1}b\u{8}c\u{1f}";

/// Letters of each length in UTF-8, what markup is made of, and noncharacters that XML allows.
const LETTERS: [char; 11] = [
    'a',
    ' ',
    '<',
    '&',
    ']',
    '"',
    '%',
    'é',
    '你',
    '😀',
    '\u{10fffd}',
];

/// A field of a push that may hold anything of a kind.
#[derive(Clone, Debug)]
struct Site {
    path: Vec<String>,
    room: Room,
    /// It is digits in a text, as XML may have numbers.
    as_text: bool,
}

#[derive(Clone, Debug)]
enum Room {
    /// The most bytes of any text.
    Text(usize),
    /// Any number between these.
    Number(i64, i64),
    /// It need not be there.
    Optional,
}

/// A push and what may be changed in it.
#[derive(Clone, Debug)]
struct Ground {
    content: EntryContent,
    sites: Vec<Site>,
    format: Format,
}

pub(super) fn cases(profile: &Profile) -> Cases {
    let grounds: Vec<Ground> = messages(profile)
        .map(|entry| Ground::of(entry, profile.format))
        .collect();
    if grounds.is_empty() {
        return Cases::None(Unjudged::NothingPushed.into());
    }
    // Variants differ from their push in what is there, not in what it may hold.
    let pushes = grounds
        .iter()
        .filter(|ground| !ground.content.name.contains('.'));
    let combined = pushes
        .filter_map(|ground| {
            let first = profile.handles(&ground.content.name);
            ground.clone().combined(first)
        })
        .collect();
    // Which push it is does not shrink: only what is changed in it.
    let drawn = (0..grounds.len()).no_shrink();
    let scenario = drawn.prop_flat_map(move |at| drawn_for(&grounds[at]));
    Cases::Combined(combined, DRAWS, scenario.boxed())
}

/// The handled pushes as they are, and then with that text in place of each that users write, a case for each such field.
pub(in crate::rules) fn texts_of_handled(profile: &Profile, text: &str) -> Vec<Scenario> {
    let handled = messages(profile).filter(|entry| profile.handles(&entry.name));
    let cases = handled.flat_map(|entry| {
        let ground = Ground::of(entry, profile.format);
        let texts = ground.sites.clone().into_iter();
        let texts = texts.filter(|site| matches!(site.room, Room::Text(_)));
        texts
            .map(|site| {
                let change = Change {
                    path: site.path,
                    to: Some(Value::Text(text.to_owned())),
                };
                ground.scenario(vec![change], Form::default())
            })
            .collect::<Vec<_>>()
    });
    cases.collect()
}

impl Ground {
    fn of(entry: &CatalogueEntry, format: Format) -> Self {
        let content = EntryContent::of(entry, format);
        let mut sites = Vec::new();
        collect(&entry.fields, format, &mut Vec::new(), &mut sites);
        for site in &mut sites {
            site.as_text = value_at(&content.fields, &site.path)
                .is_some_and(|value| matches!(value, Value::Text(_)));
        }
        Self {
            content,
            sites,
            format,
        }
    }

    /// The push as it is, and then with these changes, in that form.
    fn scenario(&self, changes: Vec<Change>, form: Form) -> Scenario {
        Scenario::of([self.intact(), self.changed(1, changes, form)])
    }

    fn intact(&self) -> Step {
        Step::Deliver(Deliver::of(Content::Entry(self.content.clone())))
    }

    /// A push of another user: two events of one sender in one second are one.
    fn changed(&self, user: u8, changes: Vec<Change>, form: Form) -> Step {
        let content = EntryContent {
            changes,
            ..self.content.clone()
        };
        let push = Deliver::of(Content::Entry(content)).written(form);
        Step::Deliver(push.from_user(user))
    }

    /// The push as it is; then with every odd text in each of its texts, its numbers at their most, in another order and
    /// with a field that is new; then with its longest texts and least numbers; then with empty texts, and without what
    /// is optional.
    fn combined(self, first: bool) -> Option<Combined> {
        let loads = self.loads();
        let parts = loads.len();
        let build = move |kept: &[bool]| {
            let kept: Vec<&Load> = loads
                .iter()
                .zip(kept)
                .filter_map(|(load, kept)| kept.then_some(load))
                .collect();
            let mut steps = vec![self.intact()];
            for user in 1..=3 {
                let of_push: Vec<&Load> = kept
                    .iter()
                    .copied()
                    .filter(|load| load.push == user)
                    .collect();
                if !of_push.is_empty() {
                    steps.push(self.with_loads(user, &of_push));
                }
            }
            Scenario::of(steps)
        };
        (parts > 0).then(|| Combined {
            parts,
            first,
            build: Arc::new(build),
        })
    }

    fn with_loads(&self, user: u8, loads: &[&Load]) -> Step {
        let mut changes: Vec<Change> = Vec::new();
        let mut form = Form::default();
        for load in loads {
            match &load.what {
                What::Order => form.shuffle = 1,
                What::NewField => {
                    let new = vec![Field::text("Inner", "new")];
                    form.unknown_fields.push(Field::group("WxcheckNew", new));
                }
                What::Change(change) => changes.push(change.clone()),
                // All pieces of one text stand in it together.
                What::Piece(path, piece) => {
                    let known = changes.iter_mut().find(|change| change.path == *path);
                    match known.and_then(|change| change.to.as_mut()) {
                        Some(Value::Text(text)) => text.push_str(piece),
                        _ => changes.push(Change {
                            path: path.clone(),
                            to: Some(Value::Text((*piece).to_owned())),
                        }),
                    }
                }
            }
        }
        // What is taken away comes last: the path of nothing else leads there.
        changes.sort_by_key(|change| change.to.is_none());
        self.changed(user, changes, form)
    }

    fn loads(&self) -> Vec<Load> {
        let mut loads = vec![Load::of(1, What::Order), Load::of(1, What::NewField)];
        let change = |push, site: &Site, to| {
            let path = site.path.clone();
            Load::of(push, What::Change(Change { path, to }))
        };
        let control = (self.format == Format::Json).then_some(CONTROL);
        for site in &self.sites {
            match site.room {
                Room::Text(bytes) => {
                    let mut left = bytes;
                    for piece in PIECES.into_iter().chain(control) {
                        if piece.len() <= left {
                            left -= piece.len();
                            loads.push(Load::of(1, What::Piece(site.path.clone(), piece)));
                        }
                    }
                    let long = longest(bytes);
                    loads.push(change(2, site, Some(Value::Text(long))));
                    loads.push(change(3, site, Some(Value::Text(String::new()))));
                }
                Room::Number(least, most) => {
                    loads.push(change(1, site, Some(number(site, most))));
                    loads.push(change(2, site, Some(number(site, least))));
                }
                Room::Optional => loads.push(change(3, site, None)),
            }
        }
        loads
    }
}

/// One change among those that a push combines.
#[derive(Clone, Debug)]
struct Load {
    /// The number of the push among the three with combined changes, from 1.
    push: u8,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// Fields in another order.
    Order,
    /// A field that no document names.
    NewField,
    Change(Change),
    /// A piece of a text, after those before it.
    Piece(Vec<String>, &'static str),
}

impl Load {
    const fn of(push: u8, what: What) -> Self {
        Self { push, what }
    }
}

/// Letters of three bytes up to the limit, and of one byte for the rest.
fn longest(bytes: usize) -> String {
    "你".repeat(bytes / 3) + &"x".repeat(bytes % 3)
}

fn drawn_for(ground: &Ground) -> BoxedStrategy<Scenario> {
    let ground = ground.clone();
    let changes: BoxedStrategy<Vec<Change>> = if ground.sites.is_empty() {
        Just(Vec::new()).boxed()
    } else {
        let sites = ground.sites.clone();
        let json = ground.format == Format::Json;
        let change = (0..sites.len())
            .no_shrink()
            .prop_flat_map(move |at| change(&sites[at], json));
        prop::collection::vec(change, 0..4).boxed()
    };
    let unknown = ("Wxcheck[A-Z][a-z]{2,6}", any::<i32>())
        .prop_map(|(name, number)| Field::number(&name, i64::from(number)));
    let unknown = prop::collection::vec(unknown, 0..2);
    (changes, unknown, 0..6_u8)
        .prop_map(move |(changes, unknown, shuffle)| {
            ground.scenario(changes, form(unknown, shuffle))
        })
        .boxed()
}

fn change(site: &Site, json: bool) -> BoxedStrategy<Change> {
    let path = site.path.clone();
    let with = move |to| Change {
        path: path.clone(),
        to,
    };
    match site.room {
        Room::Text(bytes) => text(bytes, json)
            .prop_map(move |text| with(Some(Value::Text(text))))
            .boxed(),
        Room::Number(least, most) => {
            let site = site.clone();
            prop_oneof![Just(most), Just(least), least..=most]
                .prop_map(move |drawn| with(Some(number(&site, drawn))))
                .boxed()
        }
        Room::Optional => Just(with(None)).boxed(),
    }
}

fn number(site: &Site, number: i64) -> Value {
    if site.as_text {
        Value::Text(number.to_string())
    } else {
        Value::Number(number)
    }
}

/// Any text of at most so many bytes: the odd ones, and every letter up to the limit.
fn text(bytes: usize, json: bool) -> BoxedStrategy<String> {
    let mut odd: Vec<String> = PIECES.iter().map(|piece| (*piece).to_owned()).collect();
    odd.push(String::new());
    if json {
        odd.push(CONTROL.to_owned());
    }
    odd.retain(|text| text.len() <= bytes);
    let repeated = (prop::sample::select(LETTERS.as_slice()), 0..=bytes)
        .prop_map(|(letter, bytes)| letter.to_string().repeat(bytes / letter.len_utf8()));
    let mixed = prop::collection::vec(
        prop::sample::select(LETTERS.as_slice()),
        0..=(bytes / 4).min(64),
    )
    .prop_map(|letters| letters.into_iter().collect::<String>());
    prop_oneof![prop::sample::select(odd), repeated, mixed].boxed()
}

/// The sites among these fields, as they stand in that format.
fn collect(fields: &[EntryField], format: Format, path: &mut Vec<String>, sites: &mut Vec<Site>) {
    for field in fields {
        let left_out = match format {
            Format::Xml => field.json_only,
            Format::Json => field.xml_only,
        };
        let is_group = field.kind == FieldKind::Group;
        if left_out {
            // What is in a group of XML's own stands one level higher in JSON.
            if is_group && format == Format::Json {
                collect(&field.fields, format, path, sites);
            }
            continue;
        }
        path.push(field.name.clone());
        let mut add = |room| {
            sites.push(Site {
                path: path.clone(),
                room,
                as_text: false,
            });
        };
        if field.optional {
            add(Room::Optional);
        }
        if field.free && field.kind == FieldKind::Text {
            add(Room::Text(field.max_bytes.unwrap_or(USUAL_LIMIT)));
        }
        if let Some([least, most]) = field.limits {
            add(Room::Number(least, most));
        }
        collect(&field.fields, format, path, sites);
        if let Some(item) = field.items.first() {
            collect(&item.fields, format, path, sites);
        }
        path.pop();
    }
}

fn value_at<'a>(fields: &'a [Field], path: &[String]) -> Option<&'a Value> {
    let (name, rest) = path.split_first()?;
    let mut value = find(fields, name)?;
    if let Value::Many(items) = value {
        value = items.first()?;
    }
    match value {
        Value::Group(fields) if !rest.is_empty() => value_at(fields, rest),
        value => rest.is_empty().then_some(value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    use wxcheck_mock_server::catalogue::Catalogue;
    use wxcheck_protocol::account::Account;

    use super::*;
    use crate::hand_made::transcript;

    fn profile(account: Account, format: Format) -> Profile {
        Profile {
            format,
            catalogue: Catalogue::built_in().unwrap().of(account).into(),
            ..Profile::clone(&transcript(Vec::new()).profile)
        }
    }

    fn changes(scenario: &Scenario) -> &[Change] {
        match scenario.steps.last() {
            Some(Step::Deliver(Deliver {
                content: Content::Entry(entry),
                ..
            })) => &entry.changes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_site_is_a_field_that_is_there() {
        for account in [Account::Mini, Account::Official] {
            for format in [Format::Xml, Format::Json] {
                for entry in profile(account, format).catalogue.iter() {
                    let ground = Ground::of(entry, format);
                    for site in &ground.sites {
                        let value = value_at(&ground.content.fields, &site.path);
                        assert!(value.is_some(), "{}: {:?}", entry.name, site.path);
                    }
                }
            }
        }
    }

    fn all_changes(scenario: &Scenario) -> Vec<String> {
        let deliveries = scenario.steps.iter().filter_map(|step| match step {
            Step::Deliver(Deliver {
                content: Content::Entry(entry),
                form,
                ..
            }) => Some((entry, form)),
            _ => None,
        });
        let told = deliveries.flat_map(|(entry, form)| {
            let order = (form.shuffle > 0).then(|| "order".to_owned());
            let new = form.unknown_fields.iter().map(|field| field.name.clone());
            let changes = entry.changes.iter().map(ToString::to_string);
            changes.chain(order).chain(new).collect::<Vec<_>>()
        });
        told.collect()
    }

    fn combined(account: Account, format: Format, name: &str) -> Combined {
        let profile = profile(account, format);
        let entry = profile.entry(name).unwrap();
        Ground::of(entry, format).combined(false).unwrap()
    }

    #[test]
    fn every_push_is_combined_with_each_kind_of_change() {
        let combined = combined(Account::Mini, Format::Json, "xpay_goods_deliver_notify");
        let all = all_changes(&(combined.build)(&vec![true; combined.parts]));
        for wanted in [
            "😀",
            "GoodsInfo.Attach = ``",
            "GoodsInfo.Quantity = `2147483647`",
            "without WeChatPayInfo",
            "order",
            "WxcheckNew",
        ] {
            assert!(
                all.iter().any(|change| change.contains(wanted)),
                "{wanted}: {all:#?}"
            );
        }
        let Cases::Combined(combined, ..) = cases(&profile(Account::Mini, Format::Xml)) else {
            panic!("combined");
        };
        assert!(combined.len() > 60);
    }

    #[test]
    fn a_part_alone_is_one_change() {
        let combined = combined(Account::Official, Format::Xml, "text");
        for part in 0..combined.parts {
            let kept: Vec<bool> = (0..combined.parts).map(|at| at == part).collect();
            let scenario = (combined.build)(&kept);
            assert_eq!(scenario.steps.len(), 2);
            assert_eq!(all_changes(&scenario).len(), 1);
        }
    }

    #[test]
    fn texts_keep_to_their_limit_and_control_characters_to_json() {
        let mut runner = TestRunner::deterministic();
        for _ in 0..300 {
            let drawn = text(30, false).new_tree(&mut runner).unwrap().current();
            assert!(drawn.len() <= 30, "{drawn}");
            let controls = |char: char| char.is_control() && !"\n\t".contains(char);
            assert!(!drawn.contains(controls), "{drawn:?}");
        }
    }

    #[test]
    fn a_failing_draw_shrinks_to_the_field_that_breaks_the_server() {
        let Cases::Combined(_, _, strategy) = cases(&profile(Account::Mini, Format::Xml)) else {
            panic!("combined");
        };
        let breaks = |scenario: &Scenario| {
            changes(scenario)
                .iter()
                .any(|change| matches!(&change.to, Some(Value::Text(text)) if text.contains('😀')))
        };
        let mut runner = TestRunner::deterministic();
        let mut tree = (0..2000)
            .map(|_| strategy.new_tree(&mut runner).unwrap())
            .find(|tree| breaks(&tree.current()) && changes(&tree.current()).len() > 1)
            .unwrap();
        let mut smallest = tree.current();
        let mut more = tree.simplify();
        while more {
            if breaks(&tree.current()) {
                smallest = tree.current();
                more = tree.simplify();
            } else {
                more = tree.complicate();
            }
        }
        assert_eq!(changes(&smallest).len(), 1, "{smallest:?}");
        assert!(changes(&smallest)[0].to_string().contains('😀'));
    }
}
