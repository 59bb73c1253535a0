//! What may stand in the fields of a push, and in which order: drawn, so that a failing draw shrinks to the field that
//! breaks the server.

use proptest::prelude::*;
use wxcheck_mock_server::catalogue::{Entry, EntryField, Kind};
use wxcheck_protocol::{
    message::{Field, Value, find},
    push::Format,
};

use super::{form, messages};
use crate::{
    profile::Profile,
    rule::Cases,
    step::{Change, Content, Deliver, EntryContent, Form, Scenario, Step},
};

/// How long a text of a user may be where its page does not say: as long as a text message, in bytes.
const USUAL_LIMIT: usize = 2048;
const DRAWS: usize = 24;

/// Texts that go wrong somewhere.
const TEXTS: [&str; 7] = [
    "",
    "😀𠮷",
    "<b>&amp;</b>",
    "a]]>b",
    "\"'\\",
    "\u{202e}مرحبا e\u{301}\u{200d}",
    "line\nline\ttab\u{2028}end",
];

/// Only JSON can say these.
const CONTROL: &str = "a\u{1}b\u{8}c\u{1f}";

/// Letters of each length in UTF-8, what markup is made of, and noncharacters that XML allows.
const LETTERS: [char; 10] = ['a', ' ', '<', '&', ']', '"', 'é', '你', '😀', '\u{10fffd}'];

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
    /// So many bytes of any text.
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
        return Cases::None("nothing is pushed to that kind of account".to_owned());
    }
    let fixed = fixed(&grounds);
    // Which push it is does not shrink: only what is changed in it.
    let drawn = (0..grounds.len()).no_shrink();
    let scenario = drawn.prop_flat_map(move |at| drawn_for(&grounds[at]));
    Cases::Drawn(fixed, DRAWS, scenario.boxed())
}

impl Ground {
    fn of(entry: &Entry, format: Format) -> Self {
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
        let intact = Deliver::of(Content::Entry(self.content.clone()));
        let content = EntryContent {
            changes,
            ..self.content.clone()
        };
        // Of another user: two events of one sender in one second are one.
        let other = Deliver::of(Content::Entry(content))
            .written(form)
            .from_user(1);
        Scenario::of([Step::Deliver(intact), Step::Deliver(other)])
    }
}

/// One case for each kind of thing that goes wrong, so that no seed misses it: every odd text in one text, the largest
/// number, each optional field left out, another order, a field that is new.
fn fixed(grounds: &[Ground]) -> Vec<Scenario> {
    let mut cases = Vec::new();
    let with = |ground: &Ground, site: &Site, to| {
        let change = Change {
            path: site.path.clone(),
            to,
        };
        ground.scenario(vec![change], Form::default())
    };
    let sites = || {
        let all = grounds.iter();
        all.flat_map(|ground| ground.sites.iter().map(move |site| (ground, site)))
    };
    let text = sites().find(|(_, site)| matches!(site.room, Room::Text(_)));
    if let Some((ground, site)) = text {
        let texts = TEXTS.iter().map(|text| (*text).to_owned());
        let control = (ground.format == Format::Json).then(|| CONTROL.to_owned());
        for text in texts.chain(control).chain([longest(site)]) {
            cases.push(with(ground, site, Some(Value::Text(text))));
        }
    }
    let numbers = sites().filter_map(|(ground, site)| match site.room {
        Room::Number(_, most) => Some((ground, site, most)),
        _ => None,
    });
    // The largest of them, of which there may be 64 bits.
    if let Some((ground, site, most)) = numbers.max_by_key(|(_, _, most)| *most) {
        cases.push(with(ground, site, Some(number(site, most))));
    }
    let optional = sites().filter(|(_, site)| matches!(site.room, Room::Optional));
    cases.extend(optional.map(|(ground, site)| with(ground, site, None)));
    let long = grounds
        .iter()
        .max_by_key(|ground| ground.content.fields.len());
    if let Some(ground) = long {
        cases.push(ground.scenario(Vec::new(), form(Vec::new(), 1)));
        let new = Field::group("WxcheckNew", vec![Field::text("Inner", "new")]);
        cases.push(ground.scenario(Vec::new(), form(vec![new], 0)));
    }
    cases
}

fn longest(site: &Site) -> String {
    let bytes = match site.room {
        Room::Text(bytes) => bytes,
        _ => USUAL_LIMIT,
    };
    "你".repeat(bytes / 3)
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
    let mut odd: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
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
        let is_group = field.kind == Kind::Group;
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
        if field.free && field.kind == Kind::Text {
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

    use super::*;
    use crate::hand_made::transcript;

    fn profile(account: &str, format: Format) -> Profile {
        Profile {
            format,
            catalogue: Catalogue::built_in().unwrap().of(account).into(),
            ..transcript(Vec::new()).profile
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
        for account in ["mini", "official"] {
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

    #[test]
    fn the_fixed_cases_hold_each_kind_of_change() {
        let Cases::Drawn(fixed, _, _) = cases(&profile("mini", Format::Json)) else {
            panic!("drawn");
        };
        let all: Vec<String> = fixed
            .iter()
            .flat_map(changes)
            .map(ToString::to_string)
            .collect();
        for wanted in ["😀", "without ", "(2046 bytes)", "\u{1}"] {
            assert!(
                all.iter().any(|change| change.contains(wanted)),
                "{wanted}: {all:#?}"
            );
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
        let Cases::Drawn(_, _, strategy) = cases(&profile("mini", Format::Xml)) else {
            panic!("drawn");
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
