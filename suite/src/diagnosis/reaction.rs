//! An answer as far as two answers are compared: what changes from request to request is taken out of it.

use wxcheck_mock_server::Outcome;

use super::signing::Stamp;

/// The reaction of a server to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reaction {
    /// The status; nothing where there is no answer.
    pub(super) status: Option<u16>,
    /// The body with marks in place of what changes.
    pub(super) form: String,
    /// The echostr stands in the body, whatever stands around it.
    pub(super) echoes: bool,
    /// The body is exactly the echostr, and the status 200.
    pub(super) is_exact: bool,
    /// The time passed without an answer.
    pub(super) timed_out: bool,
}

impl Reaction {
    /// The reaction to a request with those values.
    pub(super) fn of(outcome: &Outcome, stamp: Option<&Stamp>) -> Self {
        let answer = match outcome {
            Outcome::Silent(silence) => {
                return Self {
                    status: None,
                    form: format!("{silence:?}"),
                    echoes: false,
                    is_exact: false,
                    timed_out: silence.is_time_out(),
                };
            }
            Outcome::Answered(answer) => answer,
        };
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let echostr = stamp.map(|stamp| stamp.echostr.as_str());
        let mut form = text.clone();
        if let Some(stamp) = stamp {
            for (value, mark) in [
                (&stamp.echostr, "{echostr}"),
                (&stamp.nonce, "{nonce}"),
                (&stamp.timestamp, "{timestamp}"),
            ] {
                form = form.replace(value.as_str(), mark);
            }
        }
        let body = answer.body.as_slice();
        Self {
            status: Some(answer.status),
            form: without_digits(&without_queries(&form)),
            // Redirects and error pages repeat the URL.
            echoes: echostr.is_some_and(|echostr| {
                let succeeds = (200..300).contains(&answer.status);
                let holds = text.contains(echostr) || holds_the_number(&text, echostr);
                text.trim() == echostr || (succeeds && holds)
            }),
            is_exact: answer.status == 200
                && echostr.is_some_and(|echostr| body == echostr.as_bytes()),
            timed_out: false,
        }
    }

    /// True if two requests are answered as by a server that sees no difference.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.status == other.status && self.echoes == other.echoes && self.form == other.form
    }
}

/// A text with one mark for each query in it: a page that shows the request differs from itself where the query does.
fn without_queries(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (place, piece) in text.split('?').enumerate() {
        if place == 0 {
            shown.push_str(piece);
            continue;
        }
        let ends = |char: char| char.is_whitespace() || "\"'<>`".contains(char);
        let (query, behind) = piece.split_at(piece.find(ends).unwrap_or(piece.len()));
        shown.push('?');
        shown.push_str(if query.contains('=') { "#" } else { query });
        shown.push_str(behind);
    }
    shown
}

/// A text with one mark for each run of digits, so that counters, clocks and addresses do not count. Hex digits of
/// forty and more are a signature, which is another one each time.
fn without_digits(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    let end = |shown: &mut String, run: &mut String| {
        let numeric = run.bytes().any(|byte| byte.is_ascii_digit());
        if numeric || run.len() >= 16 {
            shown.push('#');
        } else {
            shown.push_str(run);
        }
        run.clear();
    };
    for char in text.chars() {
        if char.is_ascii_alphanumeric() || "%_-".contains(char) {
            run.push(char);
        } else {
            end(&mut shown, &mut run);
            shown.push(char);
        }
    }
    end(&mut shown, &mut run);
    shown
}

/// True if the text is a number that the echostr became on its way through a double or an integer.
pub(super) fn holds_the_number(text: &str, echostr: &str) -> bool {
    let (Ok(came), Ok(sent)) = (text.trim().parse::<f64>(), echostr.parse::<f64>()) else {
        return false;
    };
    let differs = (came - sent).abs();
    text.len() > 5 && sent > 1e12 && differs <= sent * 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_each_time_is_left_out() {
        assert_eq!(
            without_digits("error 12 at 0x7f10, id=ab12cd34 in app"),
            "error # at #, id=# in app"
        );
        assert_eq!(
            without_queries("no /wx?a=1&amp;token=b, <b>/wx?c=d</b> why? so"),
            "no /wx?# <b>/wx?#</b> why? so"
        );
        assert!(holds_the_number(
            "4375120948345356300",
            "4375120948345356249"
        ));
        assert!(holds_the_number(
            "4.37512094834536e+18",
            "4375120948345356249"
        ));
        assert!(!holds_the_number("200", "4375120948345356249"));
    }
}
