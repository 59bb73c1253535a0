//! The conformance test reads its settings as `wxcheck check` does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "conformance/given.rs"]
mod given;

use std::{fs, path::Path, process::Command};

/// The folder in which the same test reads its settings, in a process with an environment of its own.
const FOLDER: &str = "WXCHECK_TEST_OF_CONFORMANCE";

/// The error of settings in that file, read with those variables.
fn error(test: &str, file: &str, variables: &[(&str, &str)]) -> Option<String> {
    let Some(folder) = std::env::var_os(FOLDER) else {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("suite")).unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "the test writes the file that is read"
        )]
        fs::write(folder.path().join("wxcheck.toml"), file).unwrap();
        let mut own = Command::new(std::env::current_exe().unwrap());
        own.args(["--exact", test]).env(FOLDER, folder.path());
        let ended = own.envs(variables.iter().copied()).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stdout);
        assert!(
            ended.status.success() && told.contains("1 passed"),
            "{told}"
        );
        return None;
    };
    let folder = Path::new(&folder);
    let read = given::settings(&folder.join("suite"), folder);
    read.and_then(|settings| given::for_the_reference_server(&settings, folder).and(Ok(settings)))
        .and_then(|settings| settings.server())
        .err()
        .map(|error| error.to_string())
}

#[test]
fn a_ca_cert_is_read_and_named_where_it_stands() {
    let file = "url = 'https://127.0.0.1:1/'\ntoken = 'aToken'\nca-cert = 'none.pem'\n";
    let told = error("a_ca_cert_is_read_and_named_where_it_stands", file, &[]);
    if let Some(told) = told {
        assert!(
            told.contains("wxcheck.toml line 3, ca-cert: cannot read "),
            "{told}"
        );
        assert!(
            told.contains(&format!("{}none.pem", std::path::MAIN_SEPARATOR)),
            "{told}"
        );
    }
}

#[test]
fn a_path_in_a_variable_starts_at_the_workspace() {
    let variables = [("WXCHECK_CA_CERT", "below/none.pem")];
    let told = error(
        "a_path_in_a_variable_starts_at_the_workspace",
        "",
        &variables,
    );
    if let Some(told) = told {
        let folder = std::env::var_os(FOLDER).unwrap();
        let path = Path::new(&folder).join("below/none.pem");
        let told_path = format!("WXCHECK_CA_CERT: cannot read {}", path.display());
        assert!(told.starts_with(&told_path), "{told}");
    }
}

#[test]
fn every_variable_of_check_is_heard() {
    let variables = [("WXCHECK_PERIODIC_URL", "nowhere"), ("WXCHECK_SEED", "7")];
    if let Some(told) = error("every_variable_of_check_is_heard", "", &variables) {
        assert!(
            told.starts_with("WXCHECK_PERIODIC_URL: `nowhere` is not a URL"),
            "{told}"
        );
    }
}
