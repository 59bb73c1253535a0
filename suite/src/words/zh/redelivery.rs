//! Pushes that come again or together, in Chinese.

use crate::words::Words;

const LOST: &str = "微信会继续推送，最终放弃，用户会看到“暂时无法提供服务”的系统提示。";

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "redelivery/acknowledged",
        Words {
            summary: "服务器正常应答第二次、第三次和第四次重复的推送。",
            why: LOST,
            fix: "遇到重复的 MsgId 或重复的 nonce 时，返回 `success` 而不是错误。",
        },
    ),
    (
        "redelivery/after-drop",
        Words {
            summary: "首次推送的连接中断后，服务器正常应答重新推送的消息。",
            why: LOST,
            fix: "消息处理完成后才将其标记为已处理，并对重复的消息返回 `success`。",
        },
    ),
    (
        "redelivery/together",
        Words {
            summary: "服务器正常应答同时到达的两次相同推送。",
            why: LOST,
            fix: "让第二次请求等待第一次处理完成，或直接返回 `success`；不要返回锁冲突错误或 409。",
        },
    ),
    (
        "redelivery/replies-to-the-sender",
        Words {
            summary: "多个用户的消息交错到达时，服务器不会把一个用户的回复发给另一个用户。",
            why: "用户会看到彼此的消息。",
            fix: "不要在全局变量、单例或共享缓冲区中保存当前消息的任何信息。",
        },
    ),
    (
        "redelivery/burst",
        Words {
            summary: "五次推送同时到达时，服务器在五秒内响应其中的每一次。",
            why: "每当有几个用户同时发来消息，就会有人看到“暂时无法提供服务”的系统提示。",
            fix: "并行处理请求，或先响应再做耗时操作。",
        },
    ),
];
