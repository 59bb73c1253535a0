use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::*;

const SECRET: &str = "Zq7+w2V/9Kt=";

fn hide(text: &str) -> String {
    SecretForms::of([SECRET, "Ann"]).hide(text, "***", Looking::default())
}

#[test]
fn a_secret_is_found_in_every_form_and_what_is_around_it_stays() {
    for form in [
        "Zq7+w2V/9Kt=",
        "zQ7+W2v/9kT=",
        "Zq7 w2V/9Kt=",
        "Zq7%2Bw2V%2f9Kt%3D",
        "Zq7%252Bw2V%252F9Kt%253D",
        "Zq7&#43;w2V&#x2F;9Kt&equals;",
        "Zq7&amp;#43;w2V&sol;9Kt=",
        r"\u005aq7+w2V\/9Kt\u003D",
        r"Zq7\\u002bw2V\\/9Kt\x3d",
        r"\u{5a}q7+w2V/9Kt=",
        "WnE3K3cyVi85S3Q9",
        "WnE3K3cyVi85S3Q9%3D",
        "5A71372B7732562F394B743D",
        "=tK9/V2w+7qZ",
        // Base64 in hex.
        "576e45334b3363795669383553335139",
    ] {
        let shown = hide(&format!("a <b {form}> 你"));
        assert!(
            ["a <b ***> 你", "a <b ***%3D> 你"].contains(&shown.as_str()),
            "{form}: {shown}"
        );
    }
}

#[test]
fn base64_is_found_at_every_place_of_its_block() {
    // Of `x Zq7+w2V/9Kt= y`, of `xx …` and of `xxx …`.
    for form in [
        "eCBacTcrdzJWLzlLdD0geQ==",
        "eHggWnE3K3cyVi85S3Q9IHk=",
        "eHh4IFpxNyt3MlYvOUt0PSB5",
    ] {
        let shown = hide(form);
        assert!(shown.contains("***") && shown.len() < 12, "{shown}");
    }
    assert_eq!(hide("x-_eCBacTcrdzJWLzlLdD0geQ"), "x-_eC***geQ");
}

#[test]
fn a_password_is_known_as_it_is_and_as_its_url_has_it() {
    let forms = SecretForms::of(["mario:Pa55%3Dw0rd"]);
    for form in ["mario:Pa55=w0rd", "mario:Pa55%3dw0rd", "dr0w=55aP:oiram"] {
        assert_eq!(forms.hide(form, "***", Looking::default()), "***", "{form}");
    }
}

#[test]
fn a_short_one_goes_where_it_stands_alone() {
    for (text, shown) in [
        ("channel Ann, ann", "channel ***, ***"),
        ("Annex hanna an_ann_a", "Annex hanna an_ann_a"),
        ("t=Ann&x 你Ann好", "t=***&x 你***好"),
        ("&#65;nn %41nn QW5u 416e6e", "*** *** *** ***"),
    ] {
        assert_eq!(hide(text), shown);
    }
}

#[test]
fn texts_without_one_stay_as_they_are() {
    for text in [
        "",
        "100 % & more; \\ &bogus; %zz \\u12 &#xffffffff; &#x110000;",
        r#"{"touser":"o_1","content":"你好"}"#,
        "%E4%BD%A0 %ff %",
    ] {
        assert_eq!(hide(text), text);
        assert_eq!(
            SecretForms::default().hide(text, "***", Looking::default()),
            text
        );
    }
}

#[test]
fn a_line_break_however_it_is_written_bounds_a_word() {
    for (text, shown) in [
        ("line\nAnn\nsee\tAnn", "line\n***\nsee\t***"),
        (r"line\nAnn\nsee\tAnn\r", r"line\n***\nsee\t***\r"),
        (
            r"line\\nAnn\u000aAnn&#10;Ann",
            r"line\\n***\u000a***&#10;***",
        ),
        (r"\u{1b}[1;31mAnn\u{1b}[0m", r"\u{1b}[1;31m***\u{1b}[0m"),
        ("bGluZQpBbm4Kc2Vl", "bGluZQ***Kc2Vl"),
        ("MannAnn nAnn 1mAnn", "MannAnn nAnn 1mAnn"),
    ] {
        assert_eq!(hide(text), shown);
    }
    // Which of the two a backslash belongs to cannot be told.
    let forms = SecretForms::of(["newosecret"]);
    let shown = forms.hide(r"C:\new%6fsecret", "***", Looking::default());
    assert_eq!(shown, r"C:\***");
}

#[test]
fn a_secret_is_found_over_several_lines_and_in_pairs() {
    let shown = [
        "<***>", "<=***>", "<***=>", "<***%3D>", "<&***>", "<&#***>", "<&#***;>",
    ];
    for form in [
        "Zq7+w\n2V/9Kt=",
        "WnE3K3cy\r\nVi85S3Q9",
        r"WnE3K3cy\nVi85S3Q9",
        r"WnE3K3cy\\r\\nVi85S3Q9",
        "WnE3 K3cy Vi85 S3Q9",
        "WnE3%0AK3cyVi85S3Q9",
        "5A71372B7732\n562F394B743D",
        "5A 71 37 2B 77 32 56 2F 39 4B 74 3D",
        "5a:71:37:2b:77:32:56:2f:39:4b:74:3d",
        "5a-71-37-2b-77-32-56-2f-39-4b-74-3d",
        "=5A=71=37=2B=77=32=56=2F=39=4B=74=3D",
        "Zq7+w2V/=\r\n9Kt=3D",
        "&#90&#113&#55&#43&#119&#50&#86&#47&#57&#75&#116&#61",
        "&#x5a&#x71&#x37&#x2b&#x77&#x32&#x56&#x2f&#x39&#x4b&#x74&#x3d",
        "&#0000000090;q7+w2V/9Kt=",
    ] {
        let text = hide(&format!("a b <{form}> 你"));
        let middle = text
            .strip_prefix("a b ")
            .and_then(|text| text.strip_suffix(" 你"));
        assert!(
            middle.is_some_and(|middle| shown.contains(&middle)),
            "{form}: {text}"
        );
    }
    // Sixty letters in a line, as a library wraps them.
    let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".repeat(3);
    let forms = SecretForms::of([key.as_str()]);
    let code = BASE64_STANDARD.encode(&key);
    for columns in [1, 7, 60, 64, 76] {
        let lines: Vec<_> = code.as_bytes().chunks(columns).collect();
        let text = String::from_utf8(lines.join(&b'\n')).unwrap();
        assert_eq!(
            forms.hide(&text, "***", Looking::default()),
            "***",
            "{columns}"
        );
    }
}

#[test]
fn the_beginning_of_a_secret_in_pairs_is_found_before_a_cut() {
    let cut = Looking {
        cut: true,
        ..Looking::default()
    };
    for (text, shown) in [
        ("5a:71:37:2b:77", "***"),
        ("5a:71:37:2b:7", "***"),
        ("5a:71:37:2b:", "***:"),
        ("5a 71 37 2b 7", "***"),
        ("WnE3K3\ncyV", "***"),
    ] {
        let hidden = SecretForms::of([SECRET]).hide(&format!("x {text}"), "***", cut);
        assert_eq!(hidden, format!("x {shown}"));
    }
}

#[test]
fn words_of_ours_that_read_like_a_secret_together_stay() {
    let forms = SecretForms::of(["testcase"]);
    let own = Looking {
        own_words: true,
        ..Looking::default()
    };
    assert_eq!(forms.hide("a test case", "***", own), "a test case");
    assert_eq!(
        forms.hide("a test case", "***", Looking::default()),
        "a ***"
    );
    let answer = Looking {
        signatures: true,
        ..Looking::default()
    };
    for harmless in [
        "2026-11-28 06:56:15 200 1024 a 5 64 128 fade 12",
        "550e8400-e29b-41d4-a716-446655440000",
    ] {
        assert_eq!(forms.hide(harmless, "***", answer), harmless);
    }
    let signature = "0f b5 3e 84 b7 ac 7a f5 c3 fc ab 6d 2b 3d 1e 3b 4d 1b 7b 6a";
    assert_eq!(forms.hide(signature, "***", answer), "***");
}

/// Base64 that is another long word whenever an escape is read or a line break taken out, at every depth.
fn nested(size: usize) -> String {
    let mut text = "V".repeat(size);
    for depth in 0..=DEPTH {
        if depth > 0 {
            text = BASE64_STANDARD.encode(&text);
        }
        text.insert(text.len() / 2, '\n');
        text.push_str("%56V%2556V%252556V%25252556");
    }
    text
}

#[test]
fn what_takes_too_long_to_look_into_goes_as_a_whole() {
    let text = nested(8000);
    let shown = hide(&format!("see <{text}> there"));
    assert!(
        shown.starts_with("see <***") && shown.ends_with("> there") && shown.len() < 60,
        "{shown}"
    );
    // It ends long before all is looked into.
    let letters: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'%')
        .filter(|byte| *byte != b'\n')
        .collect();
    let scope = Scope {
        looking: Looking::default(),
        depth: 0,
    };
    let all = 0..letters.len();
    let used = |limit: usize| {
        let mut work = Work::of(limit);
        SecretForms::of([SECRET]).look_into(&letters, &all, &CODES[0], scope, &mut work);
        work.taken
    };
    let whole = used(usize::MAX);
    assert!(whole > letters.len() * WORK, "{whole}");
    // Beyond the limit goes no more than what was begun, at each depth.
    for times in [1, 2, 4, 8, 16, WORK] {
        let limit = letters.len() * times;
        let used = used(limit);
        assert!(
            used >= limit && used < limit + 4 * letters.len(),
            "{used} of {limit}, with {} letters",
            letters.len()
        );
    }
}

#[test]
fn many_secrets_are_no_more_work_than_one() {
    let page = "the quick brown fox jumps over 13 lazy dogs, ".repeat(20);
    let compared = |count: usize| {
        let secrets = (0..count).map(|number| format!("{}-s3cret", number * 7919));
        let needles = Needles::of(secrets.map(String::into_bytes).collect());
        needles.find(page.as_bytes(), |_| {})
    };
    assert!(compared(1000) < page.len() * 2, "{}", compared(1000));
}

#[test]
fn what_people_nest_is_looked_into() {
    let page = "The quick brown fox; 100 % of it. ".repeat(40);
    let envelope: Vec<u8> = (0..3000_u32)
        .map(|n| (n.wrapping_mul(n).wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    for text in [
        page.clone(),
        BASE64_STANDARD.encode(&page),
        BASE64_STANDARD.encode(BASE64_STANDARD.encode(&page)),
        BASE64_STANDARD.encode(&envelope),
        BASE64_STANDARD.encode(BASE64_STANDARD.encode(&envelope)),
        page.bytes()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")),
    ] {
        assert_eq!(hide(&text), text);
    }
}
