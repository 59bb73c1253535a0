//! Reports are as their schemas say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use boon::{Compiler, Schemas};
use schemars::generate::SchemaSettings;
use serde_json::Value;
use wxcheck_report::Report;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(clippy::disallowed_methods, reason = "tests read fixtures")]
fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    assert!(text.is_ok(), "{path}: {text:?}");
    text.unwrap()
}

/// The content of a snapshot: what stands behind its head.
fn snapshot(name: &str) -> Value {
    let text = read(&format!("snapshots/reports/{name}.snap"));
    let (_, content) = text.split_once("\n---\n").unwrap();
    serde_json::from_str(content).unwrap()
}

/// Asserts that a document is as a schema says.
#[track_caller]
fn assert_valid(schema: &str, document: &Value) {
    const PLACE: &str = "https://wxcheck.test/schema.json";
    let schema = serde_json::from_str(&read(&format!("fixtures/schema/{schema}"))).unwrap();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource(PLACE, schema).unwrap();
    let index = compiler.compile(PLACE, &mut schemas).unwrap();
    let told = schemas.validate(document, index);
    let told = told.map_err(|error| format!("{error:#}"));
    assert_eq!(told, Ok(()));
}

/// `WXCHECK_REFRESH=1` writes it anew.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the schema is refreshed where it stands"
)]
fn the_published_schema_is_that_of_the_types() {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<Report>();
    let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var("WXCHECK_REFRESH").is_ok() {
        fs::write(root().join("fixtures/schema/report.json"), &generated).unwrap();
    } else {
        assert!(
            generated == read("fixtures/schema/report.json"),
            "stale: WXCHECK_REFRESH=1 cargo test -p wxcheck-report-schema"
        );
    }
}

#[test]
fn a_json_report_is_as_its_schema_says() {
    assert_valid("report.json", &snapshot("json"));
}

#[test]
fn a_sarif_report_is_as_its_schema_says() {
    assert_valid("sarif-2.1.0.json", &snapshot("sarif"));
    assert_valid("sarif-2.1.0.json", &snapshot("sarif.zh"));
    assert_valid("sarif-2.1.0.json", &snapshot("sarif-strict"));
}
