//! The contrast of every text of the page with what it stands on, in both palettes: 4.5 to 1 is what WCAG 2 (AA) wants of text.

use super::STYLE;

const LEAST: f64 = 4.5;

/// Colours of text, each with what it stands on. A mixture is written like `bad 70 ink`: that many percent of the one.
const TEXTS: [(&str, &[&str]); 15] = [
    (
        "ink",
        &[
            "ground",
            "sheet",
            "raised",
            "good-wash",
            "bad-wash",
            "mark",
            "good 28 good-wash",
        ],
    ),
    (
        "soft",
        &["ground", "sheet", "raised", "good-wash", "bad-wash"],
    ),
    ("accent", &["ground", "sheet", "raised", "good-wash"]),
    ("good", &["sheet"]),
    ("bad", &["sheet", "bad-wash"]),
    ("warn", &["sheet", "bad-wash"]),
    ("info", &["sheet", "raised"]),
    // The marks in the cells of rules, and their names.
    ("sheet", &["bad", "warn", "ink"]),
    ("good 60 ink", &["good-wash"]),
    ("bad 80 ink", &["bad-wash"]),
    ("warn 65 ink", &["raised"]),
    ("good 70 ink", &["good 14 sheet"]),
    ("bad 70 ink", &["bad 14 sheet"]),
    ("warn 70 ink", &["warn 14 sheet"]),
    ("info 70 ink", &["info 14 sheet"]),
];

#[derive(Clone, Copy)]
enum Theme {
    Light,
    Dark,
}

/// A colour in linear light: red, green, blue.
type Linear = [f64; 3];

/// The colour of that name, or the mixture.
fn colour(name: &str, theme: Theme) -> Linear {
    let words: Vec<&str> = name.split(' ').collect();
    if let [one, percent, other] = words[..] {
        let part = percent.parse::<f64>().unwrap() / 100.0;
        let [one, other] = [one, other].map(|name| in_oklab(colour(name, theme)));
        let mixed = [0, 1, 2].map(|at| part.mul_add(one[at], (1.0 - part) * other[at]));
        return of_oklab(mixed);
    }
    let (_, rest) = STYLE.split_once(&format!("--{name}: light-dark(")).unwrap();
    let (pair, _) = rest.split_once(')').unwrap();
    let (light, dark) = pair.split_once(", ").unwrap();
    let hex = match theme {
        Theme::Light => light,
        Theme::Dark => dark,
    };
    [1, 3, 5].map(|at| {
        let share = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn dot(row: [f64; 3], with: [f64; 3]) -> f64 {
    row.into_iter()
        .zip(with)
        .map(|(one, other)| one * other)
        .sum()
}

/// The coefficients are those of CSS Color 4.
fn in_oklab(colour: Linear) -> [f64; 3] {
    let cones = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    let cones = cones.map(|row| dot(row, colour).cbrt());
    [
        [0.210_454_255_3, 0.793_617_785, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766],
    ]
    .map(|row| dot(row, cones))
}

fn of_oklab(lab: [f64; 3]) -> Linear {
    let cones = [
        [1.0, 0.396_337_777_4, 0.215_803_757_3],
        [1.0, -0.105_561_345_8, -0.063_854_172_8],
        [1.0, -0.089_484_177_5, -1.291_485_548],
    ];
    let cones = cones.map(|row| dot(row, lab).powi(3));
    [
        [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
        [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
        [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701],
    ]
    .map(|row| dot(row, cones).clamp(0.0, 1.0))
}

fn contrast(one: Linear, other: Linear) -> f64 {
    let [one, other] = [one, other].map(|colour| dot([0.2126, 0.7152, 0.0722], colour) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn contrast_is_that_of_the_standard() {
    assert!((contrast([1.0; 3], [0.0; 3]) - 21.0).abs() < 1e-9);
    let ink = colour("ink", Theme::Light);
    let again = of_oklab(in_oklab(ink));
    assert!(
        ink.into_iter()
            .zip(again)
            .all(|(one, other)| (one - other).abs() < 1e-6)
    );
}

#[test]
fn every_text_can_be_read_in_light_and_in_dark() {
    for theme in [Theme::Light, Theme::Dark] {
        for (text, grounds) in TEXTS {
            for ground in grounds {
                let seen = contrast(colour(text, theme), colour(ground, theme));
                let light = matches!(theme, Theme::Light);
                assert!(
                    seen >= LEAST,
                    "{text} on {ground}: {seen:.2} (light: {light})"
                );
            }
        }
    }
}

/// A colour that somebody adds has to be measured.
#[test]
fn every_colour_of_a_text_is_measured() {
    let mut measured = 0;
    for (place, _) in STYLE.match_indices("color:") {
        let is_text = STYLE[..place].ends_with([' ', '\n', '{', ';']);
        let value = STYLE[place + "color:".len()..].split([';', '}']).next();
        let value = value.unwrap().trim();
        if !is_text || value == "inherit" {
            continue;
        }
        let name = value
            .replace("color-mix(in oklab, ", "")
            .replace("var(--", "")
            .replace(['%', ',', ')'], "");
        for tone in ["good", "bad", "warn", "info"] {
            let name = name.replace("tone", tone);
            assert!(
                TEXTS.iter().any(|(text, _)| *text == name),
                "{name}: {value}"
            );
            measured += 1;
        }
    }
    assert!(measured > 40, "{measured}");
}
