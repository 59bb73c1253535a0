//! The page of `wxcheck serve` as the browser reads it. The files stand in this crate's folder, for a crate can hold nothing
//! that stands outside of it.

/// A file of the page by its name.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../", $name)))),*]
    };
}

/// Every file of the page: its name and its text.
pub const FILES: &[(&str, &str)] = files![
    "actions.js",
    "acts.js",
    "address.js",
    "altered.js",
    "api.js",
    "axis.js",
    "bubble.js",
    "catalogue.js",
    "chat.js",
    "chinese.js",
    "copy.js",
    "desk.js",
    "dom.js",
    "english.js",
    "exchange.js",
    "faults.js",
    "fixture.js",
    "icon.svg",
    "index.html",
    "json.js",
    "keys.js",
    "main.js",
    "media.js",
    "panels.css",
    "phones.js",
    "records.js",
    "session.js",
    "signature.js",
    "stream.js",
    "style.css",
    "time.js",
    "tree.js",
    "users.js",
    "wire.js",
    "words.js",
    "xml.js",
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// A file that is written and not listed would be missing in the program only.
    #[test]
    fn every_file_of_the_page_is_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut there: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap())
            .filter(|file| file.file_type().unwrap().is_file())
            .map(|file| file.file_name().into_string().unwrap())
            .filter(|name| {
                let is_built = [".js", ".css", ".html", ".svg"];
                is_built.iter().any(|end| name.ends_with(end))
            })
            .collect();
        there.sort_unstable();
        let listed: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, there);
    }

    /// Texts of targets and callers are shown as texts: nothing of the page can make markup of one.
    #[test]
    fn nothing_is_interpreted_as_markup_and_nothing_comes_from_elsewhere() {
        const INTERPRETERS: [&str; 13] = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "setHTMLUnsafe",
            "setHTML",
            "parseHTMLUnsafe",
            "createContextualFragment",
            "document.write",
            "DOMParser",
            "srcdoc",
            "eval(",
            "new Function",
            "javascript:",
        ];
        for (name, text) in FILES {
            for word in INTERPRETERS {
                assert!(!text.contains(word), "{name} has {word}");
            }
            // The name of a language, and no address.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            let elsewhere = text.match_indices("//").map(|(at, _)| &text[..at]);
            for before in elsewhere.filter(|before| before.ends_with(':')) {
                let line = before.lines().last().unwrap_or_default();
                assert!(line.trim_start().starts_with("//"), "{name}: {line}//");
            }
        }
        let (_, index) = FILES
            .iter()
            .find(|(name, _)| *name == "index.html")
            .unwrap();
        for within in [" style=", "<style", " onclick", " onload", "<script>"] {
            assert!(!index.contains(within), "index.html has {within}");
        }
    }

    /// A word that one language lacks would be shown as its key.
    #[test]
    fn both_languages_have_every_word_that_is_asked_for() {
        let keys = |name: &str| -> Vec<String> {
            let (_, text) = FILES.iter().find(|(own, _)| *own == name).unwrap();
            let lines = text.lines().filter_map(|line| line.strip_prefix("  \""));
            let keys =
                lines.filter_map(|line| line.split_once("\": ").map(|(key, _)| key.to_owned()));
            keys.collect()
        };
        let known = keys("english.js");
        assert!(known.len() > 100, "{known:?}");
        assert_eq!(known, keys("chinese.js"));
        for (name, text) in FILES {
            for asked in text.split("t(\"").skip(1) {
                let key = asked.split('"').next().unwrap().to_owned();
                // Other calls end in `t(` too: of these, only words without spaces would be keys.
                let is_word = text.contains(&format!(" t(\"{key}\""))
                    || text.contains(&format!("(t(\"{key}\""));
                assert!(!is_word || known.contains(&key), "{name} asks for {key}");
            }
        }
    }
}
