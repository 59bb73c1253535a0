//! `wxcheck init`: the first files of a project that is to be judged. Nothing that is there is overwritten unasked.

use std::{io::stdin, path::Path};

use anyhow::Result;
use wxcheck_mock_server::shell;
use wxcheck_settings::FILE_NAME;
use wxcheck_suite::redact::{Redacted, Secrets};

use crate::{
    cli::InitArgs,
    entropy,
    exit::Exit,
    language::{Language, told},
    screen, settings,
};

/// The address of a server under test, where none is given.
const URL: &str = "http://127.0.0.1:8080/wechat";
/// A command that is to be replaced.
const START: &str = "./start-the-server";
/// Files of a project that Spring Boot starts, and how: the build, the program beside it, the command.
const SPRING: [(&str, &str, &str); 3] = [
    ("pom.xml", "mvnw", "./mvnw spring-boot:run"),
    ("build.gradle", "gradlew", "./gradlew bootRun"),
    ("build.gradle.kts", "gradlew", "./gradlew bootRun"),
];
/// The owner of the action's repository, where it is not known.
const OWNER: &str = "OWNER";
/// The variable that wins over the Token of the file.
const TOKEN: &str = "WXCHECK_TOKEN";
/// The most that is read of a file that says how a project is started.
const PACKAGE_BYTES: usize = 1024 * 1024;

/// A file that may be written.
struct Draft {
    path: &'static str,
    /// In English and in Chinese.
    templates: [&'static str; 2],
    /// The file that has to be there for it, if any.
    beside: Option<&'static str>,
}

macro_rules! templates {
    ($name:literal) => {
        [
            include_str!(concat!("init/en/", $name)),
            include_str!(concat!("init/zh/", $name)),
        ]
    };
}

const DRAFTS: [Draft; 4] = [
    Draft {
        path: FILE_NAME,
        templates: templates!("wxcheck.toml"),
        beside: None,
    },
    Draft {
        path: ".github/workflows/wxcheck.yml",
        templates: templates!("github.yml"),
        beside: Some(".github"),
    },
    Draft {
        path: "wxcheck.gitlab-ci.yml",
        templates: templates!("gitlab.yml"),
        beside: Some(".gitlab-ci.yml"),
    },
    Draft {
        path: "wxcheck.jenkins.groovy",
        templates: templates!("jenkins.groovy"),
        beside: Some("Jenkinsfile"),
    },
];

pub(crate) fn run(args: &InitArgs, lang: Language) -> Result<Exit> {
    let folder = std::env::current_dir()?;
    let url = args.url.clone().unwrap_or_else(|| URL.to_owned());
    let start = match &args.start {
        Some(start) => start.clone(),
        None => usual_start(&folder)?,
    };
    let token = entropy::token();
    let mut kept = false;
    for draft in DRAFTS {
        let is_wanted = draft
            .beside
            .is_none_or(|beside| folder.join(beside).exists());
        if !is_wanted {
            continue;
        }
        let path = Path::new(draft.path);
        let is_there = folder.join(path).symlink_metadata().is_ok();
        if is_there && !(args.force && agrees(draft.path, lang)) {
            kept = true;
            let path = draft.path;
            say(&if args.force && !screen::interactive() {
                told!(
                    lang,
                    "kept: {path} is there already, and without a terminal nobody can be asked whether to overwrite it",
                    "保留：{path} 已存在；没有终端，无法询问是否覆盖"
                )
            } else {
                told!(lang, "kept: {path} is there already", "保留：{path} 已存在")
            });
            continue;
        }
        let values = Values {
            url: &url,
            token: &token,
            start: &start,
        };
        let text = values.filled(&draft.template(start == START, lang));
        // The Token is made up, and to be read there.
        settings::write_text(path, &Secrets::default().page(&text))?;
        say(&match lang {
            Language::English => format!("written: {}", draft.path),
            Language::Chinese => format!("已写入：{}", draft.path),
        });
    }
    let hint = kept && !args.force;
    say(&next(&start, &url, hint, lang));
    Ok(Exit::Fine)
}

fn say(line: &str) {
    let mut text = Secrets::default().page(line);
    text.push(&Redacted::own("\n"));
    screen::show(&text);
}

impl Draft {
    /// The template in a language. A remark that a word in it is to be replaced stands there only where that is so.
    fn template(&self, is_to_be_replaced: bool, lang: Language) -> String {
        let [english, chinese] = self.templates;
        let lines = lang.of(english, chinese).lines();
        let remarks = [
            ("{replace:", is_to_be_replaced),
            ("{owner:", action().starts_with(OWNER)),
        ];
        let lines = lines.filter_map(|line| {
            for (mark, is_needed) in remarks {
                if let Some(remark) = line.strip_prefix(mark) {
                    return is_needed.then(|| remark.trim_end_matches('}'));
                }
            }
            Some(line)
        });
        lines.fold(String::new(), |text, line| text + line + "\n")
    }
}

/// The values for which templates have a place.
struct Values<'a> {
    url: &'a str,
    token: &'a str,
    start: &'a str,
}

impl Values<'_> {
    /// The template with its values, each in the form that its place takes. A value is looked at no further.
    fn filled(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, from)) = rest.split_once('{') {
            text += before;
            let named = from.split_once('}');
            let value = named.and_then(|(name, rest)| Some((self.value(name)?, rest)));
            if let Some((value, behind)) = value {
                text += &value;
                rest = behind;
            } else {
                text.push('{');
                rest = from;
            }
        }
        text + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        let check = format!(
            "wxcheck check --start {} --wait 60s",
            shell::portable_quoted(self.start)
        );
        Some(match name {
            "url" => quoted(self.url),
            "token" => quoted(self.token),
            "start" => quoted(self.start),
            "action" => action(),
            "gitlab-command" => quoted(&format!(
                "{check} --report-junit wxcheck-reports/junit.xml --report-gitlab wxcheck-reports/code-quality.json --report-json wxcheck-reports/report.json"
            )),
            "jenkins-command" => {
                for_groovy(&format!("{check} --report-junit wxcheck-reports/junit.xml"))
            }
            _ => return None,
        })
    }
}

/// The way on.
fn next(start: &str, url: &str, hint: bool, lang: Language) -> String {
    let command = format!(
        "wxcheck check --start {} {}",
        shell::portable_quoted(start),
        shell::portable(url)
    );
    let mut text = told!(
        lang,
        "next: give your server the Token of {FILE_NAME}, then try\n  {command}",
        "下一步：把 {FILE_NAME} 中的 Token 配置到服务器，然后运行\n  {command}"
    );
    if start == START {
        text += &told!(
            lang,
            "\nwith the command that starts your server in place of {START}, here and in the files",
            "\n请把命令和各文件中的 {START} 换成启动你的服务器的命令"
        );
    }
    if settings::variable(TOKEN).is_some_and(|token| !token.is_empty()) {
        text += &told!(
            lang,
            "\n{TOKEN} is set in your environment: it wins over the Token of {FILE_NAME}",
            "\n环境变量 {TOKEN} 已设置，它优先于 {FILE_NAME} 中的 Token"
        );
    }
    if hint {
        text += lang.of(
            "\n--force asks before it overwrites a file",
            "\n加上 --force 会在覆盖文件前询问",
        );
    }
    text
}

/// True if somebody at the terminal says that a file may be overwritten.
fn agrees(path: &str, lang: Language) -> bool {
    if !screen::interactive() {
        return false;
    }
    screen::show(&Secrets::default().page(&match lang {
        Language::English => format!("overwrite {path}? [y/N] "),
        Language::Chinese => format!("覆盖 {path}？[y/N] "),
    }));
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// The command that starts the project, as far as its files tell.
fn usual_start(folder: &Path) -> Result<String> {
    let package = settings::read_if_there(&folder.join("package.json"), PACKAGE_BYTES)?;
    let package: Option<serde_json::Value> =
        package.and_then(|text| serde_json::from_str(&text).ok());
    if package.is_some_and(|package| package["scripts"]["start"].is_string()) {
        return Ok("npm start".to_owned());
    }
    for (build, wrapper, start) in SPRING {
        let build = settings::read_if_there(&folder.join(build), PACKAGE_BYTES)?;
        let is_spring = build.is_some_and(|text| text.contains("spring-boot"));
        if is_spring && folder.join(wrapper).exists() {
            return Ok(start.to_owned());
        }
    }
    Ok(START.to_owned())
}

/// The action of this version, where its repository is known.
fn action() -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    let mut parts = repository.rsplit('/');
    let (name, owner) = (parts.next(), parts.next());
    let owner = owner.filter(|owner| !owner.is_empty()).unwrap_or(OWNER);
    let name = name.filter(|name| !name.is_empty()).unwrap_or("wxcheck");
    format!("{owner}/{name}@v{}", env!("CARGO_PKG_VERSION"))
}

/// A string of TOML and of YAML: JSON writes one of both.
fn quoted(text: &str) -> String {
    serde_json::json!(text).to_string()
}

/// A string of Groovy in which nothing is filled in.
fn for_groovy(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('\'', r"\'");
    format!("'{}'", text.replace('\n', r"\n").replace('\r', r"\r"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The string that a literal of Groovy in single quotes holds, and what stands behind it.
    fn read_groovy(text: &str) -> (String, &str) {
        let mut held = String::new();
        let mut chars = text.strip_prefix('\'').unwrap().chars();
        loop {
            match chars.next().unwrap() {
                '\'' => return (held, chars.as_str()),
                '\\' => held.push(match chars.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                }),
                other => held.push(other),
            }
        }
    }

    #[test]
    fn a_command_stays_one_in_every_file() {
        for start in [
            "npm start",
            "./run.sh # dev",
            "sh -c 'node it.js: x'",
            r#"echo "\n" \' {url} {start} $HOME"#,
        ] {
            let values = Values {
                url: "http://127.0.0.1/?x={start}&y={token}",
                token: "T",
                start,
            };
            let command = format!("wxcheck check --start {} ", shell::portable_quoted(start));
            for lang in [Language::English, Language::Chinese] {
                let [settings, github, gitlab, jenkins] =
                    DRAFTS.map(|draft| values.filled(&draft.template(false, lang)));
                let url = settings
                    .lines()
                    .find_map(|line| line.strip_prefix("url = "));
                assert_eq!(url.unwrap(), quoted(values.url));
                let json =
                    |line: Option<&str>| -> String { serde_json::from_str(line.unwrap()).unwrap() };
                let of_github = github.lines();
                let of_github = of_github
                    .map(str::trim)
                    .find_map(|line| line.strip_prefix("start: "));
                assert_eq!(json(of_github), start);
                let mut of_gitlab = gitlab.lines().map(str::trim);
                let of_gitlab = of_gitlab.find_map(|line| {
                    line.strip_prefix("- ")
                        .filter(|line| line.contains("--start"))
                });
                assert!(json(of_gitlab).starts_with(&command), "{gitlab}");
                let mut of_jenkins = jenkins.lines().map(str::trim);
                let of_jenkins = of_jenkins.find_map(|line| line.strip_prefix("sh "));
                let (held, rest) = read_groovy(of_jenkins.unwrap());
                assert!(held.starts_with(&command) && rest.is_empty(), "{jenkins}");
            }
        }
    }
}
