//! Lengths of time as people write them: `500ms`, `30s`, `2m`, `1h`, or plain seconds.

use std::time::Duration;

/// The length of time that a text says; none where it says none.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.trim_start_matches(|char: char| char.is_ascii_digit() || char == '.');
    let number: f64 = text[..text.len() - unit.len()].parse().ok()?;
    let seconds = match unit.trim() {
        "ms" => number / 1000.0,
        "s" | "" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read_and_nothing_else() {
        for (text, millis) in [
            ("90", 90_000),
            ("500ms", 500),
            ("1.5 s", 1500),
            ("2m", 120_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for nonsense in [
            "",
            "s",
            "-1",
            "2 days",
            "1e3",
            "1h30m",
            "99999999999999999999h",
        ] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }
}
