//! A push that nothing explains: beside one without a body, and beside the GET.

use wxcheck_mock_server::Answer;

use super::{Examiner, says_signature, sealed::of_words};
use crate::diagnosis::{
    Certainty, Values,
    echo::{Sign, both},
    page,
    reaction::Reaction,
    variant::{Body, Variant},
};

impl Examiner<'_> {
    /// The best explanation where no changed push is taken. `control` is the answer to a forged one.
    pub(super) async fn unexplained(
        &self,
        answer: &Answer,
        control: &Reaction,
        is_told_apart: bool,
        fault: Option<Sign>,
        body: &str,
    ) -> (Sign, Certainty) {
        let mut got = page::got(answer);
        let named = |name: &str, value: String| (name.to_owned(), value);
        got.extend([
            named("path", self.prober.url().path().to_owned()),
            named("format", self.known.format.to_string().to_uppercase()),
        ]);
        if let Some(fault) = fault
            && (200..300).contains(&answer.status)
            && !body.is_empty()
            && is_told_apart
        {
            return (fault, Certainty::Supposed);
        }
        if is_told_apart && self.known.mode.seals() {
            // Its own words count, though every failure may be worded so.
            let named = of_words(body).map_or("cannot-open", |named| named.id);
            return ((named, got), Certainty::Supposed);
        }
        let may_read = match answer.status {
            400 | 422 => !says_signature(body),
            500.. => true,
            _ => false,
        };
        // Whoever takes a push without a body fails on reading or handling one.
        let takes_empty = may_read && self.takes_empty(control).await;
        let id = match answer.status {
            502 | 504 => {
                let (en, zh) = if takes_empty {
                    (
                        "while an empty push is answered, so your code fails on the body",
                        "而没有请求体的推送有响应，说明你的代码在读取或处理请求体时出错",
                    )
                } else {
                    (
                        "while GET is answered, so your code fails on every push",
                        "而 GET 有响应，说明你的代码一收到推送就出错",
                    )
                };
                both(&mut got, "contrast", en, zh);
                "push-gateway"
            }
            500.. if takes_empty => "body-fails",
            500.. => "push-raised",
            _ if may_read => "push-body",
            status => {
                told_alike(&mut got, status, self.prober.url().path());
                "post-refused"
            }
        };
        let certainty = if takes_empty {
            Certainty::Proven
        } else {
            Certainty::Supposed
        };
        ((id, got), certainty)
    }

    /// True if a push without a body is taken, on two nonces.
    async fn takes_empty(&self, control: &Reaction) -> bool {
        let empty = Variant {
            body: Body::Empty,
            ..Variant::of(self.known)
        };
        for at in [1, 3] {
            if !self.prober.has_room(1) || !self.is_taken(&empty, at, control).await {
                return false;
            }
        }
        true
    }

    /// True if the gateway in front passes the GET on, so that a 502 to a push is not its own.
    pub(super) fn passes_get(&self) -> bool {
        let bare = self.verified.bare.as_ref();
        bare.is_some_and(|bare| {
            bare.status
                .is_some_and(|status| !matches!(status, 429 | 502..=504))
        })
    }
}

/// Says how every push is answered alike, and what helps: an answer of success is no refusal of a framework's.
fn told_alike(got: &mut Values, status: u16, path: &str) {
    let (how, beside) = if (200..300).contains(&status) {
        (
            ["answered", "得到同样的响应"],
            [
                "answer a true push with `success`, an empty body or a reply, and nothing else"
                    .to_owned(),
                "对真实推送只返回 `success`、空串或回包".to_owned(),
            ],
        )
    } else {
        (
            ["refused", "同样被拒绝"],
            [
                format!(
                    "if the framework refuses by itself, exempt {path} from its CSRF or login check"
                ),
                format!("如果是框架拒绝的，让 {path} 跳过 CSRF 或登录检查"),
            ],
        )
    };
    let [en, zh] = how;
    both(got, "how", en, zh);
    let [en, zh] = beside;
    both(got, "beside", &en, &zh);
}
