//! A cause: a mistake in a developer's code or set-up, the change that fixes it, and how it looks from outside.

use std::collections::BTreeMap;

use super::causes;

/// A text in English and in Chinese. `{name}` in it stands for a value that was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// A text from its two languages.
pub(super) const fn words(en: &'static str, zh: &'static str) -> Words {
    Words { en, zh }
}

/// One cause.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cause {
    /// The name, in kebab-case; stable and unique.
    pub id: &'static str,
    /// The mistake, in one clause.
    pub says: Words,
    /// The change to make.
    pub fix: Words,
    /// The symptom, seen from outside.
    pub looks: Words,
    /// A line of code that is right.
    pub code: Code,
}

/// A line of code that is right, in the languages in which most callbacks are written; empty where none helps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Code {
    /// Python, as with Flask.
    pub python: &'static str,
    /// JavaScript, as with Express.
    pub node: &'static str,
    /// PHP.
    pub php: &'static str,
    /// Java, as in a servlet or with Spring.
    pub java: &'static str,
}

/// No line of code helps.
pub(super) const NO_CODE: Code = Code {
    python: "",
    node: "",
    php: "",
    java: "",
};

/// The values that were seen, by the names that texts have for them.
pub type Values = BTreeMap<String, String>;

/// The language or framework in which a server seems to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stack {
    /// Python.
    Python,
    /// Node.js.
    Node,
    /// PHP.
    Php,
    /// Java.
    Java,
}

/// The keys of the JSON that Spring Boot answers errors with.
const SPRING_ERROR: [&str; 4] = ["\"timestamp\":", "\"status\":", "\"error\":", "\"path\":"];

impl Stack {
    /// Every stack.
    pub const ALL: [Self; 4] = [Self::Python, Self::Node, Self::Php, Self::Java];

    /// As it is written in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node.js",
            Self::Php => "PHP",
            Self::Java => "Java",
        }
    }

    /// The stack of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stack| stack.name() == name)
    }

    /// The stack that an answer's headers and body tell of.
    pub(super) fn of<'h>(header: impl Fn(&str) -> Option<&'h str>, body: &str) -> Option<Self> {
        let told = ["server", "x-powered-by", "via"]
            .into_iter()
            .filter_map(header)
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| told.contains(word));
        let shows = |words: &[&str]| words.iter().any(|word| body.contains(word));
        if says(&[
            "werkzeug", "python", "gunicorn", "uvicorn", "waitress", "tornado", "wsgi",
        ]) || shows(&["Traceback (most recent call last)", "werkzeug"])
        {
            Some(Self::Python)
        } else if says(&["express", "koa", "next.js", "node"])
            || shows(&[
                "<pre>Cannot GET",
                "<pre>Cannot POST",
                "node:internal",
                "node_modules",
            ])
        {
            Some(Self::Node)
        } else if says(&["php"]) || shows(&["Fatal error</b>", "Warning</b>:  ", ".php on line"]) {
            Some(Self::Php)
        } else if says(&["tomcat", "jetty", "undertow", "servlet", "wildfly", "jboss"])
            || shows(&["Whitelabel Error Page", "Apache Tomcat", "java.lang."])
            || SPRING_ERROR.iter().all(|key| body.contains(key))
        {
            Some(Self::Java)
        } else {
            None
        }
    }
}

impl Code {
    /// The lines for a stack; for all of them where it is not known.
    pub fn lines(&self, stack: Option<Stack>) -> Vec<(Stack, &'static str)> {
        let of = |stack: Stack| {
            let line = match stack {
                Stack::Python => self.python,
                Stack::Node => self.node,
                Stack::Php => self.php,
                Stack::Java => self.java,
            };
            (stack, line)
        };
        let all = Stack::ALL.into_iter().map(of);
        all.filter(|(known, line)| !line.is_empty() && stack.is_none_or(|stack| stack == *known))
            .collect()
    }
}

impl Cause {
    /// The cause of that id.
    pub fn named(id: &str) -> Option<&'static Self> {
        Self::all().find(|cause| cause.id == id)
    }

    /// Every cause, in the order in which they are looked for.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        causes::AREAS.iter().flat_map(|area| area.causes)
    }
}

impl Words {
    /// The English text with its values.
    pub fn english(&self, values: &Values) -> String {
        filled(self.en, |name| values.get(name))
    }

    /// The Chinese text with its values.
    pub fn chinese(&self, values: &Values) -> String {
        filled(self.zh, |name| {
            values.get(&in_chinese(name)).or_else(|| values.get(name))
        })
    }
}

/// The name of a value's Chinese words; a value without stands in both languages.
pub(super) fn in_chinese(name: &str) -> String {
    format!("{name}-zh")
}

fn filled<'v>(template: &str, value: impl Fn(&str) -> Option<&'v String>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        text.push_str(before);
        let named = from[1..].split_once('}');
        if let Some((value, behind)) = named.and_then(|(name, behind)| Some((value(name)?, behind)))
        {
            text.push_str(value);
            rest = behind;
        } else {
            text.push('{');
            rest = &from[1..];
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn values_are_filled_in_once() {
        let values = Values::from([
            ("a".to_owned(), "{b}".to_owned()),
            ("b".to_owned(), "x".to_owned()),
        ]);
        let words = Words {
            en: "1 {a} {b} {c} {",
            zh: "1 {a} {b} {c} {",
        };
        assert_eq!(words.english(&values), "1 {b} x {c} {");
        let values = Values::from([
            ("a".to_owned(), "one".to_owned()),
            (in_chinese("a"), "一".to_owned()),
        ]);
        assert_eq!(words.chinese(&values), "1 一 {b} {c} {");
    }

    #[test]
    fn every_cause_has_a_name_of_its_own_and_words_in_both_languages() {
        let mut ids = BTreeSet::new();
        for cause in Cause::all() {
            assert!(ids.insert(cause.id), "{}", cause.id);
            for words in [cause.says, cause.fix, cause.looks] {
                let has_hanzi = !words.zh.is_ascii();
                assert!(has_hanzi || words.zh == words.en, "{}", cause.id);
                let names = |text: &str| {
                    let parts = text.split('{').skip(1);
                    parts
                        .filter_map(|part| part.split_once('}'))
                        .map(|(name, _)| name.to_owned())
                        .filter(|name| name.chars().all(|char| char.is_ascii_lowercase()))
                        .collect::<BTreeSet<_>>()
                };
                assert_eq!(names(words.en), names(words.zh), "{}", cause.id);
            }
        }
        assert!(ids.len() >= 60, "{}", ids.len());
    }
}
