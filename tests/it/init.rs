//! `wxcheck init`: the first files of a project and its pipeline.

use serde_yaml_ng::Value;

use crate::program::Folder;

#[test]
fn init_writes_what_a_project_needs_and_overwrites_nothing() {
    let folder = Folder::new();
    folder.write("package.json", r#"{"scripts": {"start": "node ."}}"#);
    folder.write(".gitlab-ci.yml", "");
    folder.write("Jenkinsfile", "");
    folder.write(".github/keep", "");
    let first = folder.run(&["init", "http://127.0.0.1:9000/it"]).exits(0);
    for file in [
        "wxcheck.toml",
        ".github/workflows/wxcheck.yml",
        "wxcheck.gitlab-ci.yml",
        "wxcheck.jenkins.groovy",
    ] {
        assert!(
            first.out.contains(&format!("written: {file}\n")),
            "{}",
            first.out
        );
        let text = folder.read(file);
        assert!(
            !text.contains('{') || !text.contains("{url}") && !text.contains("{start}"),
            "{text}"
        );
        if file.ends_with("yml") {
            serde_yaml_ng::from_str::<Value>(&text).unwrap();
        }
    }
    let toml = folder.read("wxcheck.toml");
    let token = toml
        .lines()
        .find_map(|line| line.strip_prefix("token = "))
        .unwrap();
    assert_eq!(token.len(), 26, "{token}");
    assert!(
        toml.contains("url = \"http://127.0.0.1:9000/it\""),
        "{toml}"
    );
    assert!(
        folder
            .read(".github/workflows/wxcheck.yml")
            .contains("start: \"npm start\"")
    );
    // The file is one that wxcheck reads.
    folder
        .run(&["check"])
        .exits(3)
        .says("no contact with http://127.0.0.1:9000/it");
    folder
        .run(&["init"])
        .exits(0)
        .says("kept: wxcheck.toml is there already");
    let forced = folder.run(&["init", "--force"]).exits(0);
    let forced = forced
        .says("kept: wxcheck.toml is there already, and without a terminal nobody can be asked");
    assert!(!forced.out.contains("--force asks"), "{}", forced.out);
    assert_eq!(folder.read("wxcheck.toml"), toml);
    assert!(!first.out.contains("in place of"), "{}", first.out);
    let other = Folder::new();
    other.write(".gitlab-ci.yml", "");
    other
        .run(&["--lang", "zh", "init"])
        .exits(0)
        .says("已写入：wxcheck.toml")
        .says("换成启动你的服务器的命令");
    let job = other.read("wxcheck.gitlab-ci.yml");
    assert!(
        job.contains("请把 --start 后面换成启动你的服务器的命令") && !job.contains("Judges"),
        "{job}"
    );
    let job: Value = serde_yaml_ng::from_str(&job).unwrap();
    let quality = job["wxcheck"]["artifacts"]["reports"]["codequality"].as_str();
    assert_eq!(quality, Some("wxcheck-reports/code-quality.json"));
    // The machine of a pipeline rarely has a Chinese locale.
    assert_eq!(job["wxcheck"]["variables"]["WXCHECK_LANG"], "zh");
    let spring = Folder::new();
    spring.write(
        "pom.xml",
        "<artifactId>spring-boot-starter-parent</artifactId>",
    );
    spring.write("mvnw", "");
    spring
        .run(&["init"])
        .exits(0)
        .says("--start './mvnw spring-boot:run' http");
    assert_ne!(
        other.read("wxcheck.toml"),
        toml.replace("9000/it", "8080/wechat")
    );
    assert!(!other.path(".github").exists());
}
