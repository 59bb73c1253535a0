//! Suites and their cases as XML.

use std::{io, time::Duration};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::{Case, Suite};
use crate::report::View;

pub(super) fn write_suites(
    writer: &mut Writer<Vec<u8>>,
    suites: &[Suite<'_>],
    view: &View,
) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let cases: Vec<&Case<'_>> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let [tests, skipped, errors, failures] = counts(&cases);
    let took = Duration::from_micros(view.ended.took_micros);
    let root = writer.create_element("testsuites").with_attributes([
        ("name", "wxcheck"),
        ("tests", &*tests),
        ("skipped", &*skipped),
        ("failures", &*failures),
        ("errors", &*errors),
        ("time", &*seconds(took)),
    ]);
    root.write_inner_content(|writer| {
        suites
            .iter()
            .try_for_each(|suite| write_suite(writer, suite, view))
    })?;
    writer.write_indent()
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite<'_>, view: &View) -> io::Result<()> {
    let cases: Vec<&Case<'_>> = suite.cases.iter().collect();
    let [tests, skipped, errors, failures] = counts(&cases);
    // Rules are judged beside each other, so the sum says how much was done, not how long it took.
    let took: Duration = cases.iter().filter_map(|case| case.took).sum();
    let element = writer.create_element("testsuite").with_attributes([
        ("name", suite.name),
        ("tests", &*tests),
        ("skipped", &*skipped),
        ("errors", &*errors),
        ("failures", &*failures),
        ("time", &*seconds(took)),
    ]);
    element.write_inner_content(|writer| {
        write_properties(writer, view)?;
        suite
            .cases
            .iter()
            .try_for_each(|case| write_case(writer, case))
    })?;
    Ok(())
}

/// The target of the run, and the seed that repeats it.
fn write_properties(writer: &mut Writer<Vec<u8>>, view: &View) -> io::Result<()> {
    let begun = &view.begun;
    let seed = begun.seed.to_string();
    let properties = [
        ("target", &begun.url),
        ("seed", &seed),
        ("version", &begun.wxcheck),
        ("account", &begun.account),
        ("mode", &begun.mode),
        ("format", &begun.format),
    ];
    let element = writer.create_element("properties");
    element.write_inner_content(|writer| {
        for (name, value) in properties {
            let element = writer.create_element("property");
            let element = element.with_attributes([("name", name), ("value", value.as_str())]);
            element.write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case<'_>) -> io::Result<()> {
    let mut element = writer
        .create_element("testcase")
        .with_attributes([("name", case.name), ("classname", case.class)]);
    if let Some(took) = case.took {
        element = element.with_attribute(("time", &*seconds(took)));
    }
    if case.other.is_none() && case.output.is_none() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        if let Some(other) = &case.other {
            let mut element = writer.create_element(other.name);
            if let Some(kind) = &other.kind {
                element = element.with_attribute(("type", &**kind));
            }
            let element = element.with_attribute(("message", &*other.message));
            match &other.text {
                Some(text) => element.write_text_content(BytesText::new(text))?,
                None => element.write_empty()?,
            };
        }
        if let Some(output) = &case.output {
            let element = writer.create_element("system-out");
            element.write_text_content(BytesText::new(output))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The number of cases, and of those skipped, in error and failed, as attributes have them.
fn counts(cases: &[&Case<'_>]) -> [String; 4] {
    let named = |name: &str| {
        let others = cases.iter().filter_map(|case| case.other.as_ref());
        others.filter(|other| other.name == name).count()
    };
    [
        cases.len(),
        named("skipped"),
        named("error"),
        named("failure"),
    ]
    .map(|count| count.to_string())
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}
