//! The files of `deploy`: they are YAML, name no option or variable that the program does not have, and hold no secret.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize as _;
use serde_json::{Value, json};
use serde_yaml_ng::Deserializer;

use crate::program::Folder;

/// Variables that hold secrets of the target.
const SECRETS: [&str; 4] = [
    "WXCHECK_URL",
    "WXCHECK_TOKEN",
    "WXCHECK_APPID",
    "WXCHECK_AES_KEY",
];

#[test]
fn the_manifests_are_what_kubernetes_takes() {
    let worker = document("kubernetes/worker.yaml");
    assert_eq!(worker["apiVersion"], "apps/v1");
    assert_eq!(worker["kind"], "Deployment");
    let spec = &worker["spec"];
    assert_eq!(
        spec["selector"]["matchLabels"],
        spec["template"]["metadata"]["labels"]
    );
    container_is_sound(&spec["template"]["spec"], "worker");

    let coordinator = document("kubernetes/coordinator.yaml");
    assert_eq!(coordinator["apiVersion"], "batch/v1");
    assert_eq!(coordinator["kind"], "Job");
    assert_eq!(coordinator["spec"]["backoffLimit"], 0);
    let spec = &coordinator["spec"]["template"]["spec"];
    assert_eq!(spec["restartPolicy"], "Never");
    container_is_sound(spec, "load");

    let values = document("kubernetes/nats-values.yaml");
    assert_eq!(values["config"]["jetstream"]["enabled"], true);
}

#[test]
fn the_compose_file_starts_what_it_needs() {
    let compose = document("compose.yaml");
    let services = &compose["services"];
    assert_eq!(services["nats"]["command"][0], "--jetstream");
    for name in ["worker", "coordinator"] {
        let service = &services[name];
        let condition = &service["depends_on"]["nats"]["condition"];
        assert_eq!(condition, "service_healthy", "{name}");
        let environment = service["environment"].as_object().unwrap();
        assert_eq!(environment["WXCHECK_NATS"], "nats://nats:4222");
        // Without a value they come from whoever starts it.
        assert!(SECRETS.iter().all(|secret| environment[*secret].is_null()));
        let names = environment.keys().map(String::as_str);
        known(&texts(&service["command"]), names.collect());
    }
}

#[test]
fn the_compose_files_with_a_bot_pass_credentials_and_wait_for_it() {
    for (name, service, command) in [
        ("compose.serve.yaml", "wechat", "serve"),
        ("compose.check.yaml", "check", "check"),
    ] {
        let compose = document(name);
        let bot = &compose["services"]["bot"];
        let own = &compose["services"][service];
        assert_eq!(own["depends_on"]["bot"]["condition"], "service_healthy");
        assert!(!bot["healthcheck"]["test"].is_null(), "{name}");
        for variable in ["TOKEN", "APPID", "SECRET"] {
            let ours = &own["environment"][format!("WXCHECK_{variable}")];
            let theirs = &bot["environment"][format!("WECHAT_{variable}")];
            assert_eq!(ours, theirs, "{name}: {variable}");
        }
        let api = bot["environment"]["WECHAT_API"].as_str().unwrap();
        assert_eq!(api, format!("http://{service}:8900"));
        let arguments = texts(&own["command"]);
        assert_eq!(arguments[..2], [command, "http://bot:8080/wechat"]);
        let variables = own["environment"].as_object().unwrap();
        known(&arguments, variables.keys().map(String::as_str).collect());
    }
}

/// A pod with one container of wxcheck, in which every secret comes from a Secret.
fn container_is_sound(pod: &Value, command: &str) {
    let containers = pod["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 1);
    let container = &containers[0];
    for key in [
        "name",
        "image",
        "args",
        "env",
        "resources",
        "securityContext",
    ] {
        assert!(!container[key].is_null(), "{command}: no {key}");
    }
    assert_eq!(container["args"][0], command);
    let variables = container["env"].as_array().unwrap();
    let name = |variable: &Value| variable["name"].as_str().unwrap().to_owned();
    for secret in SECRETS {
        let found = variables.iter().find(|one| name(one) == secret).unwrap();
        let source = &found["valueFrom"]["secretKeyRef"];
        assert_eq!(source["name"], "wxcheck-target", "{secret}");
        assert_eq!(found["value"], json!(null), "{secret} stands in the file");
    }
    let names: Vec<String> = variables.iter().map(name).collect();
    let names = names.iter().map(String::as_str).collect();
    known(&texts(&container["args"]), names);
}

/// The help of the command names every option and variable.
fn known(arguments: &[&str], variables: BTreeSet<&str>) {
    let help = Folder::new().run(&[arguments[0], "--help"]).exits(0).out;
    let options = arguments
        .iter()
        .filter(|argument| argument.starts_with("--"));
    for name in options.chain(&Vec::from_iter(variables)) {
        assert!(help.contains(name), "{} has no {name}", arguments[0]);
    }
}

fn texts(list: &Value) -> Vec<&str> {
    let texts = list.as_array().unwrap().iter();
    texts.map(|text| text.as_str().unwrap()).collect()
}

/// A file with one document, its merge keys applied.
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads files of the repository"
)]
fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name);
    let text = fs::read_to_string(path).unwrap();
    let mut documents = Deserializer::from_str(&text);
    let document = serde_yaml_ng::Value::deserialize(documents.next().unwrap());
    let mut document = document.unwrap();
    assert!(documents.next().is_none(), "{name} has two documents");
    document.apply_merge().unwrap();
    serde_json::to_value(document).unwrap()
}
