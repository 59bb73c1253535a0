//! The words of reasons that say why a rule has no verdict, in both languages.

use wxcheck_events::{Scope, Unjudged};

use super::in_chinese;

/// The sentence in English and in Chinese. Names in `⟦⟧` are those of settings.
#[expect(clippy::too_many_lines, reason = "a list, one line a reason")]
pub(crate) fn unjudged(why: &Unjudged) -> [String; 2] {
    let fixed = match why {
        Unjudged::AppliesTo { scope } => {
            let [english, chinese] = words_of(*scope);
            return [
                format!("applies {english} only"),
                format!("只适用于{chinese}"),
            ];
        }
        Unjudged::NoEffectSeen { tried, calls } => return no_effect(tried, calls),
        Unjudged::EffectsTooLate {
            seconds,
            waited,
            patience,
        } => {
            return [
                format!(
                    "the calls upon a push came about {seconds} s after it, later than wxcheck waits ({waited} s): ⟦patience⟧ {patience} waits long enough, and as such a run takes long, add ⟦max-time⟧ 20m; or let the server answer sooner while it is checked"
                ),
                format!(
                    "推送之后约 {seconds} 秒才有 API 调用，超过了 wxcheck 的等待时间（{waited} 秒）：⟦patience⟧ {patience} 可以等到，但运行会很久，请同时加上 ⟦max-time⟧ 20m；或在检查时让服务器早些发送"
                ),
            ];
        }
        Unjudged::NotPublic { url, loopback } => return not_public(url, *loopback),
        Unjudged::Observed { what } | Unjudged::Fault { what } => {
            return [what.clone(), in_chinese(what)];
        }
        Unjudged::NotVerified { account } => {
            return [
                format!(
                    "no document says that the URL of ⟦account⟧ {account} is verified by a GET"
                ),
                format!("没有文档说明 ⟦account⟧ {account} 的 URL 会用 GET 验证"),
            ];
        }
        Unjudged::NotSigned { account } => {
            return [
                format!("pushes to ⟦account⟧ {account} carry no signature and no envelope"),
                format!("发给 ⟦account⟧ {account} 的推送没有签名，也不加密"),
            ];
        }
        Unjudged::HostileElsewhere { host } => {
            return [
                format!(
                    "hostile requests go to this machine only; ⟦hostile⟧ sends them to {host} too, if nobody minds that it may go down"
                ),
                format!(
                    "恶意请求只发往本机；如果不介意服务器可能因此停止，⟦hostile⟧ 会把它们也发往 {host}"
                ),
            ];
        }
        Unjudged::AnsweredUnlike { rule } => {
            return [
                format!(
                    "a correct request that this rule needs was answered as `{rule}` forbids, though the requests of that rule were answered well"
                ),
                format!(
                    "这条规则需要的正确请求得到的响应不符合 `{rule}`，而该规则自己的请求都得到了正常响应"
                ),
            ];
        }
        Unjudged::SeenDuring { rule } => {
            return [
                format!("seen while `{rule}` was tried"),
                format!("在测试 `{rule}` 时看到"),
            ];
        }
        Unjudged::SeenInReplyDuring { rule } => {
            return [
                format!("seen in a reply while `{rule}` was tried"),
                format!("在测试 `{rule}` 时的回复中看到"),
            ];
        }
        Unjudged::RestUntried { rule } => {
            return [
                format!("the rest was not tried: the server stopped answering during `{rule}`"),
                format!("其余部分没有尝试：服务器在 `{rule}` 期间不再响应"),
            ];
        }
        Unjudged::ByRequest { because } => {
            return [
                format!("skipped by request: {because}"),
                format!("按要求跳过：{because}"),
            ];
        }
        Unjudged::Stopped { by } => {
            return [
                format!("not judged: stopped by {by}"),
                format!("未判定：被 {by} 停止"),
            ];
        }
        Unjudged::LateOurselves { millis } => {
            return [
                format!("failed once while wxcheck itself ran {millis} ms late, passed alone"),
                format!("在 wxcheck 自身延迟 {millis} 毫秒时失败过一次，单独运行时通过"),
            ];
        }
        Unjudged::PageWithoutCount { path, most } => {
            return [
                format!(
                    "the page of ⟦effects-url⟧ ({path}) did not answer a count: a number up to {most}, {{\"count\": 2}} or a list, with status 200"
                ),
                format!(
                    "⟦effects-url⟧ 指定的页面（{path}）没有返回计数：应以状态码 200 返回不超过 {most} 的数字、{{\"count\": 2}} 或列表"
                ),
            ];
        }
        Unjudged::NoRequest { at } => {
            return [
                format!("the scenario has no request {at}"),
                format!("场景中没有第 {at} 个请求"),
            ];
        }
        Unjudged::UnequalEffects { one, other } => {
            return [
                format!(
                    "the same push had {one} effects for one user and {other} for another; nothing can be counted against such a server"
                ),
                format!(
                    "同一推送对一个用户产生 {one} 次效果，对另一个用户产生 {other} 次；这样的服务器无法计数"
                ),
            ];
        }
        Unjudged::CountVaries { least, most } => {
            return [
                format!(
                    "one delivery of a push led to {least} to {most} effects in this run; a server whose count varies is not held to a number"
                ),
                format!(
                    "本次运行中，推送一次产生 {least} 到 {most} 次效果；效果数量不固定的服务器不按数量判定"
                ),
            ];
        }
        Unjudged::FetchAnswered { status, by } => {
            return [
                format!("a usual fetch was answered with status {status} meanwhile; see `{by}`"),
                format!("期间一次普通拉取得到状态码 {status}，参见 `{by}`"),
            ];
        }
        Unjudged::ShownOtherwise { parameter } => {
            return [
                format!("the server shows the {parameter} changed in a way that is not decoding's"),
                format!("服务器显示的 {parameter} 有变化，但不是解码造成的"),
            ];
        }
        Unjudged::NotShown { parameter } => {
            return [
                format!(
                    "neither the answer nor a call shows the {parameter} as it was sent, so that it cannot be seen how it was read"
                ),
                format!("响应和调用中都没有出现所发送的 {parameter}，看不出是怎样读取的"),
            ];
        }
        Unjudged::NoCertificate { url, scheme } => {
            return [
                format!("the {url} begins with {scheme}://, which has no certificate"),
                format!("{url} 以 {scheme}:// 开头，没有证书"),
            ];
        }
        Unjudged::NotInCatalogue { push } => {
            return [
                format!(
                    "the catalogue has no push `{push}` that asks for an answer of its own; give ⟦fixtures⟧ as for `check`"
                ),
                format!("目录中没有要求特定响应的推送 `{push}`；请像 `check` 那样给出 ⟦fixtures⟧"),
            ];
        }
        Unjudged::NotAskedFor => ["nobody asked for hostile requests", "没有要求发送恶意请求"],
        Unjudged::TooRough => [
            "left out by ⟦gentle⟧: it sends several requests at once, or very long ones",
            "因 ⟦gentle⟧ 略过：会同时发送多个请求，或发送很长的请求",
        ],
        Unjudged::Gentle => [
            "left out by ⟦gentle⟧: it could hurt a server that others share",
            "因 ⟦gentle⟧ 略过：可能影响多人共用的服务器",
        ],
        Unjudged::ThroughProxy => [
            "it is written byte by byte, which no proxy lets through",
            "这些请求是逐字节写出的，代理不会放行",
        ],
        Unjudged::SeenOnce => [
            "seen 1 of 2 times: a second look at the same requests did not show it",
            "两次中只出现一次：再次发送同样的请求没有重现",
        ],
        Unjudged::LateEffect => [
            "an effect came after all others had been counted",
            "其他效果都计数之后又出现了一次效果",
        ],
        Unjudged::NothingSeenOpened => [
            "a signed push that nobody can open is answered like a true one, and nothing shows that a true one is opened: EncodingAESKey or appid may be wrong in the server; ⟦api-listen⟧ or ⟦effects-url⟧, and pushes that lead to a message, would tell",
            "签名正确但无法解密的推送得到与真实推送相同的响应，看不出真实推送被解密：服务器的 EncodingAESKey 或 AppID 可能不对；用 ⟦api-listen⟧ 或 ⟦effects-url⟧，以及会引出消息的推送，才能判断",
        ],
        Unjudged::PassedAlone => [
            "failed while other requests were in flight, passed alone",
            "与其他请求同时进行时失败，单独运行时通过",
        ],
        Unjudged::NoKnownEffect => [
            "none of these pushes is known to have an effect",
            "不知道这些推送会产生什么效果",
        ],
        Unjudged::QuotaSpent => [
            "more messages than WeChat allows were sent to one user, and wxcheck's own API refused the rest: nobody can tell whether one of those was sent twice",
            "发给同一用户的消息超过了微信的限制，其余的被 wxcheck 的 API 拒绝：无法判断其中是否有重复发送",
        ],
        Unjudged::LogEnds => [
            "not judged: the log ends before",
            "未判定：日志在此之前就结束了",
        ],
        Unjudged::ClearCopyUsed => [
            "the server uses the clear copy, which no signature covers; see `push-signature/compat-uses-decrypted`",
            "服务器使用了没有签名保护的明文副本，参见 `push-signature/compat-uses-decrypted`",
        ],
        Unjudged::BareAcknowledgement => [
            "the server answers a text message without a message of its own",
            "服务器对文本消息的响应里没有回复消息",
        ],
        Unjudged::UnreadableReply => [
            "the server's reply to a text message is no message that can be read",
            "服务器对文本消息的回复不是可以读取的消息",
        ],
        Unjudged::TextNotRepeated => [
            "the server's reply does not repeat the user's text",
            "服务器的回复没有重复用户的文本",
        ],
        Unjudged::EventsWithoutEffect => [
            "no event that was tried had effects that can be counted: none came in time, or not as many for one user as for another",
            "试过的事件都没有可以计数的效果：没有及时出现效果，或对不同用户的效果次数不同",
        ],
        Unjudged::CopyNotTold => [
            "neither the answer nor a message that came while this rule waited repeats the user's text: nothing shows which copy was read",
            "响应和这条规则等待期间收到的消息都没有重复用户的文本：看不出读取的是哪一份",
        ],
        Unjudged::EventsAlone => [
            "the server acts on events only: they carry no MsgId, so that two equal ones of one user in one second cannot be told from a repeat",
            "服务器只处理事件：事件没有 MsgId，同一用户在同一秒内的两个相同事件与重推无法区分",
        ],
        Unjudged::DependsOnHistory => [
            "what the server does upon a message depends on what the user did before: two messages that differ in MsgId, text and second do not lead to as much as two",
            "服务器对消息的处理取决于该用户之前的操作：MsgId、文本、时间都不同的两条消息，产生的效果也不等于两条之和",
        ],
        Unjudged::NothingActedOn => [
            "nothing that was pushed then was acted on, not even what cannot be taken for a repeat: see the rules about what came before",
            "当时的推送全都没有被处理，连不可能被当作重推的也没有：请看前面的规则",
        ],
        Unjudged::NoSuchEvent => [
            "no such event is pushed to the account in this format",
            "这类账号在此格式下没有这样的事件",
        ],
        Unjudged::NoResultPushed => [
            "no result of a message was pushed",
            "没有推送过消息的发送结果",
        ],
        Unjudged::NoMessageSent => [
            "the server sends no message through the API upon a user's message",
            "用户发消息后，服务器没有通过 API 发送消息",
        ],
        Unjudged::NobodyWrote => ["nobody wrote", "没有用户发消息"],
        Unjudged::NoMessageUponTexts => [
            "the server sends no message through the API upon such texts",
            "收到这类文本后，服务器没有通过 API 发送消息",
        ],
        Unjudged::OnlyAscii => [
            "the server sent nothing but ASCII",
            "服务器只发送了 ASCII 文本",
        ],
        Unjudged::TextNotSentBack => [
            "no text message that the server sent while this rule waited holds the user's text as it was written",
            "在这条规则等待的时间里，服务器发送的文本消息都不包含用户原来的文本",
        ],
        Unjudged::OldTokenUnused => [
            "no call with the old token was seen, and no effect either",
            "没有看到使用旧 token 的调用，也没有看到效果",
        ],
        Unjudged::NothingSentInPlay => [
            "nothing was sent in this play; see `api-use/renews-token`",
            "这次没有发送任何消息，参见 `api-use/renews-token`",
        ],
        Unjudged::NothingPushed => [
            "nothing is pushed to that kind of account",
            "这类账号没有推送",
        ],
        Unjudged::NotHandled => [
            "the server is not said to handle any: ⟦handles⟧ NAME",
            "没有声明服务器处理这类推送：⟦handles⟧ 名称",
        ],
        Unjudged::AllHandled => [
            "the server is said to handle them all",
            "已声明服务器处理所有这类推送",
        ],
        Unjudged::NoReplyAllowed => [
            "no push to that kind of account is answered with a message",
            "发给这类账号的推送都不用消息回复",
        ],
        Unjudged::NotAcknowledged => [
            "such pushes are not acknowledged; see `catalogue/acknowledged`",
            "这类推送没有得到正常响应，参见 `catalogue/acknowledged`",
        ],
        Unjudged::FailUnchanged => [
            "the same pushes fail as they are; see `catalogue/acknowledged`",
            "同样的推送原样发送也会失败，参见 `catalogue/acknowledged`",
        ],
        Unjudged::RepliesInClear => [
            "the server's replies are not encrypted",
            "服务器的回复没有加密",
        ],
        Unjudged::NothingFetched => ["the scenario fetches nothing", "场景中没有数据拉取"],
        Unjudged::UnknownPagesRefused => [
            "the server refuses pages and queries that it does not know",
            "服务器拒绝它不认识的页面和查询参数",
        ],
        Unjudged::CodeNotExchanged => [
            "the answer came without a call of jscode2session: the code was not exchanged, or not here",
            "响应之前没有调用 jscode2session：code 没有被兑换，或不是向这里兑换",
        ],
        Unjudged::NoDataForToken => ["the right token gets no data", "正确的 token 没有拿到数据"],
        Unjudged::PublicData => [
            "two users get the same data: they are public",
            "两个用户拿到相同的数据：数据是公开的",
        ],
        Unjudged::NotModified => [
            "the server answers 304 and no data; see `fetch/not-modified`",
            "服务器返回 304 而没有数据，参见 `fetch/not-modified`",
        ],
        Unjudged::NoDomains => ["no domains are given: ⟦domains⟧", "没有给出域名：⟦domains⟧"],
        Unjudged::NoSuchUrl => ["no such URL is given", "没有给出这样的 URL"],
        Unjudged::NoUrlInspected => ["the scenario looks at no URL", "场景中没有要检查的 URL"],
        Unjudged::NoUserNamed => [
            "neither the answer nor a message that came while this rule waited names a user",
            "响应和这条规则等待期间收到的消息都没有指明用户",
        ],
        Unjudged::FewerThanTwoEvents => [
            "less than two of the events that were tried had effects that can be counted",
            "试过的事件中，有可计数效果的不到两个",
        ],
        Unjudged::NoEffectiveEvent => [
            "no event is known to have an effect",
            "不知道哪个事件会产生效果",
        ],
        Unjudged::NoWayBill => [
            "the answers hold no WayBillID; see `reply/courier-answer`",
            "响应中没有 WayBillID，参见 `reply/courier-answer`",
        ],
        Unjudged::ResultsNotInFormat => [
            "such results are not pushed in this format",
            "此格式下没有这样的结果推送",
        ],
        Unjudged::NoCheckEffect => [
            "no effect of wxa_media_check was seen for its sender",
            "没有看到 wxa_media_check 对发送者产生效果",
        ],
        Unjudged::NoPaymentEffect => [
            "no effect of a handled notice of payment was seen",
            "没有看到已处理的支付通知产生效果",
        ],
        Unjudged::AcknowledgedBefore => [
            "the server acknowledges a push before its work is done, so that WeChat does not deliver it again",
            "服务器在处理完成之前就返回了正常响应，微信不会重推",
        ],
        Unjudged::RepeatNotAcknowledged => [
            "the repeat was not acknowledged either; see `redelivery/acknowledged`",
            "重推也没有得到正常响应，参见 `redelivery/acknowledged`",
        ],
        Unjudged::NoReplyOrRepeat => [
            "this text got no reply, or the repeat was not acknowledged; see `redelivery/after-drop`",
            "这条文本没有得到回复，或重推没有得到正常响应，参见 `redelivery/after-drop`",
        ],
        Unjudged::NotReadByBytes => ["the answer was not read byte by byte", "没有逐字节读取响应"],
        Unjudged::NoMessageInAnswer => [
            "this message was answered without one",
            "对这条消息的响应里没有回复消息",
        ],
        Unjudged::NoAuthorizationUrl => [
            "no URL for authorizations is given: ⟦account⟧ platform ⟦authorization-url⟧",
            "没有给出接收授权通知的 URL：⟦account⟧ platform ⟦authorization-url⟧",
        ],
        Unjudged::NothingPushedThere => ["nothing is pushed there", "那里没有推送"],
        Unjudged::NothingChecked => ["nothing is checked", "没有需要检查的内容"],
        Unjudged::NoRetailHandled => [
            "the server is not said to handle any: ⟦handles⟧ 'retail_*'",
            "没有声明服务器处理这类推送：⟦handles⟧ 'retail_*'",
        ],
        Unjudged::RepliesOnly => [
            "the server answers texts with passive replies, which are not counted, and called nothing upon any push that was tried: if it calls no API, leave ⟦api-listen⟧ out; if it does, its base URL is not the one of ⟦api-listen⟧",
            "服务器用被动回复回答文本，这不计为效果；试过的推送都没有引起任何调用：如果它不调用 API，请去掉 ⟦api-listen⟧；如果调用，则它的基础 URL 没有指向 ⟦api-listen⟧",
        ],
        Unjudged::NothingSeenTaken => [
            "true pushes and forged ones are answered with 200 and nothing, and none had an effect that could be seen here: nothing shows that the true ones are taken, and a server that swallows its errors (a wrong EncodingAESKey, for instance) answers so too; point the base URL of its API calls at wxcheck, and let some push lead to a message",
            "真实的和伪造的推送都得到 200 和空内容，也都没有看到效果：无法看出真实推送被处理，出错时不作声的服务器（例如 EncodingAESKey 不对）也会这样响应；请把它调用 API 的基础 URL 指向 wxcheck，并让某种推送引出一条消息",
        ],
        Unjudged::NoEffectiveText => [
            "no text message is known to have an effect",
            "不知道哪条文本消息会产生效果",
        ],
        Unjudged::NoPushes => ["the scenario has no pushes", "场景中没有推送"],
        Unjudged::EffectsGone => [
            "the text that had effects in first contact had none now",
            "首次接触时产生效果的文本，这次没有产生效果",
        ],
        Unjudged::SomeWordsOnly => [
            "the server acts on some words only",
            "服务器只对某些文字有动作",
        ],
        Unjudged::FailUnchangedHandled => [
            "the same pushes fail as they are; see `catalogue/handled`",
            "同样的推送原样发送也会失败，参见 `catalogue/handled`",
        ],
        Unjudged::NothingSent => ["nothing was sent", "没有发送任何请求"],
        Unjudged::NoTellingNonce => [
            "the configured Token allows no nonce that would show a wrong sort",
            "以当前的 Token，没有能显示排序错误的 nonce",
        ],
        Unjudged::NoVerdict => [
            "no verdict was reached: a bug of wxcheck",
            "没有得出结论：这是 wxcheck 的缺陷",
        ],
        Unjudged::Unreachable => [
            "not judged: the server could not be reached",
            "未判定：无法连接服务器",
        ],
    };
    fixed.map(str::to_owned)
}

fn no_effect(tried: &[String], calls: &[String]) -> [String; 2] {
    let [english, chinese] = match calls {
        [] => [
            "nothing was called or counted upon a text; is the base URL configured?".to_owned(),
            "收到文本消息后没有任何调用或计数；接口的基础 URL 配置了吗？".to_owned(),
        ],
        calls => [
            format!("upon a text came {}", calls.join(", ")),
            format!("收到文本消息后的调用：{}", calls.join("、")),
        ],
    };
    let tried = tried.join(", ");
    [
        format!("no effect was seen of any push that was tried ({tried}): {english}"),
        format!("试过的推送都没有产生可见的效果（{tried}）：{chinese}"),
    ]
}

fn not_public(url: &str, loopback: bool) -> [String; 2] {
    let [english, chinese] = if loopback {
        ["a loopback address", "本机回环地址"]
    } else {
        ["an address of the local network", "局域网地址"]
    };
    [
        format!("the {url} has {english}; this is about what production is configured with"),
        format!(
            "{} 使用的是{chinese}；这条规则针对线上配置",
            in_chinese(url)
        ),
    ]
}

/// The end of "applies … only" and of 只适用于….
const fn words_of(scope: Scope) -> [&'static str; 2] {
    match scope {
        Scope::PlainMode => ["in plain mode", "明文模式"],
        Scope::SealedModes => ["in compat and safe mode", "兼容模式和安全模式"],
        Scope::CompatMode => ["in compat mode", "兼容模式"],
        Scope::SafeMode => ["in safe mode", "安全模式"],
        Scope::XmlPushes => ["to XML pushes", "XML 格式的推送"],
        Scope::JsonPushes => ["to JSON pushes", "JSON 格式的推送"],
        Scope::MiniPrograms => ["to mini programs", "小程序"],
        Scope::OfficialAccounts => ["to official accounts", "公众号"],
        Scope::WrittenAccounts => ["to accounts that users write to", "用户可以发消息的账号"],
        Scope::SignedPushes => ["where pushes are signed", "带签名的推送"],
        Scope::CloudHosting => ["to cloud hosting", "云托管"],
    }
}
