//! Pushes that come again or together, in Chinese.

use crate::words::Words;

const DOUBLE: &str = "网络一慢，用户就会被重复扣款、重复回复，或领到两张优惠券。";
const SWALLOWED: &str = "用户的消息凭空消失：没有人回复，日志里也没有任何错误。";

const LOST: &str = "微信会继续重推，最终放弃，用户会看到“暂时无法提供服务”的系统提示。";

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "redelivery/acknowledged",
        Words {
            summary: "服务器正常响应同一推送的第二、第三和第四次投递，六秒之后的重推也一样。",
            why: LOST,
            fix: "遇到重复的 MsgId 或重复的 nonce 时，返回 `success` 而不是错误；对旧时间戳的限制应以分钟计，而不是几秒。",
        },
    ),
    (
        "redelivery/after-drop",
        Words {
            summary: "首次推送的连接中断后，服务器正常响应重推的消息。",
            why: LOST,
            fix: "消息处理完成后才将其标记为已处理，并对重复的消息返回 `success`。",
        },
    ),
    (
        "redelivery/reply-after-drop",
        Words {
            summary: "回复随连接中断而丢失时，重推会得到这条回复，或者用户会收到一条消息。",
            why: "MsgId 已经记录过，对重推就只返回 `success`：微信认为已经完整响应，用户什么也收不到。",
            fix: "把回复和 MsgId 一起保存，收到重推时返回它，或者通过客服消息接口发送。",
        },
    ),
    (
        "redelivery/together",
        Words {
            summary: "服务器正常响应同时到达的两次相同推送。",
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
        "redelivery/own-reply",
        Words {
            summary: "同一秒内的几条消息，服务器分别就各自的文本作出回复。",
            why: "被误当成重复的消息会凭空消失，或得到另一条消息的回复。",
            fix: "用完整的 MsgId 区分消息，读成 64 位整数或文本；CreateTime（无论是否加上用户）只用于事件。",
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
    (
        "redelivery/one-effect-in-sequence",
        Words {
            summary: "同一推送先后送达最多四次，服务器只处理一次。",
            why: DOUBLE,
            fix: "把每条消息的 MsgId 至少保存一分钟，存放在所有进程共用的地方，并在处理之前以一步原子操作写入。",
        },
    ),
    (
        "redelivery/one-effect-together",
        Words {
            summary: "同一推送的四次投递同时到达，服务器只处理一次。",
            why: DOUBLE,
            fix: "不要先查询再标记：用一步原子操作写入 MsgId（唯一键、SET NX），写入成功才处理。",
        },
    ),
    (
        "redelivery/one-effect-after-drop",
        Words {
            summary: "首次投递的连接中断后，服务器对该推送仍然只处理一次。",
            why: DOUBLE,
            fix: "处理之前先标记；即使对方已断开也要处理完；对重推返回 `success`。",
        },
    ),
    (
        "redelivery/one-effect-after-failure",
        Words {
            summary: "因微信接口失败而对推送返回错误时，服务器会处理重推。",
            why: "消息被标记为已处理，实际上并没有：微信重推时它被忽略，用户得不到任何回应。",
            fix: "处理失败时撤销标记（或完成之后才标记），让重推得到处理。",
        },
    ),
    (
        "redelivery/one-effect-between-others",
        Words {
            summary: "推送在其他消息之后再次到达时，服务器不会再处理一次。",
            why: DOUBLE,
            fix: "不要只记住最后一个 MsgId：一分钟内的都要记住。",
        },
    ),
    (
        "redelivery/one-effect-later",
        Words {
            summary: "推送在六秒之后再次到达时，服务器不会再处理一次。",
            why: DOUBLE,
            fix: "MsgId 至少保存一分钟：微信的重推在首次投递之后五秒和十秒到达。",
        },
    ),
    (
        "redelivery/event-once",
        Words {
            summary: "同一事件送达两次，服务器只处理一次。",
            why: DOUBLE,
            fix: "事件没有 MsgId：用 FromUserName、CreateTime 和 Event 来区分。",
        },
    ),
    (
        "redelivery/trade-once",
        Words {
            summary: "无论收到多少次通知，服务器对同一订单只发货一次，对同一退款只处理一次。",
            why: "用户只付了一次款，却收到两份商品。",
            fix: "用 OutTradeNo、WxRefundId 等区分 xpay_* 事件，不要用整个请求体：FromUserName 是微信自己的 openid，而 CreateTime 和 RetryTimes 在重推时会变化。",
        },
    ),
    (
        "redelivery/no-twin-effects",
        Words {
            summary: "服务器不会因一次推送向用户发送两条相同的消息。",
            why: "用户每条消息都会看到两遍，微信允许的五条消息也会更快用完。",
            fix: "检查是否重复注册了处理函数，或在发送成功之后又重试。",
        },
    ),
    (
        "redelivery/users-in-one-second",
        Words {
            summary: "多个用户在同一秒内的推送（消息和事件），服务器都会处理。",
            why: "只要有两个用户同时活跃，其中一个就会被忽略。",
            fix: "区分事件要用上 FromUserName；CreateTime 对所有人都一样。",
        },
    ),
    (
        "redelivery/equal-texts-count",
        Words {
            summary: "同一用户发来两条内容相同的消息，服务器都会处理。",
            why: SWALLOWED,
            fix: "用 MsgId 区分消息，而不是用内容。",
        },
    ),
    (
        "redelivery/same-second-counts",
        Words {
            summary: "同一用户在同一秒内写的两条消息，服务器都会处理。",
            why: SWALLOWED,
            fix: "用 MsgId 区分消息；FromUserName 加 CreateTime 只用于事件。",
        },
    ),
    (
        "redelivery/close-msgids-count",
        Words {
            summary: "服务器能区分相差 1 以及相差 2^32、且大于 2^53 的 MsgId。",
            why: SWALLOWED,
            fix: "把 MsgId 读成 64 位整数或原样的文本；JavaScript 的数字和 32 位整数会丢失数位。",
        },
    ),
    (
        "redelivery/forged-first",
        Words {
            summary: "即使先收到带有相同 MsgId 的伪造推送，服务器仍会处理真正的推送。",
            why: "谁猜到或看到 MsgId，谁就能让服务器忽略用户的消息。",
            fix: "先校验签名，再记住 MsgId。",
        },
    ),
    (
        "redelivery/events-in-one-second",
        Words {
            summary: "同一用户在同一秒内的两个不同事件，服务器都会处理。",
            why: "同一秒内的关注和点击菜单，会有一个被忽略。",
            fix: "区分事件时加上 Event；有 EventKey 时也加上。",
        },
    ),
    (
        "redelivery/any-order",
        Words {
            summary: "无论推送及其重复以何种顺序到达，服务器对每一条都恰好处理一次。",
            why: "单项测试看不出来的问题会在线上出现：一次重推、另一个用户和一次慢响应恰好凑在一起。",
            fix: "从头阅读给出的经过：这是能够出错的最短序列。",
        },
    ),
    (
        "redelivery/payment-again",
        Words {
            summary: "虚拟支付推送重推时，服务器正常响应。",
            why: "因为“已处理”而被拒绝的重推会持续数小时，之后微信放弃该订单。",
            fix: "按 OutTradeNo 等查找订单；已经处理过的，按第一次的结果响应。",
        },
    ),
    (
        "redelivery/same-waybill",
        Words {
            summary: "同一订单重推时，服务器给出与之前相同的运单号。",
            why: "包裹会被取两次，或者挂在无人知道的单号之下。",
            fix: "按 BizID 和 OrderID 保存运单号，并按保存的结果回包。",
        },
    ),
    (
        "redelivery/checks-in-one-second",
        Words {
            summary: "同一秒内到达的两个媒体检测结果，服务器都会处理。",
            why: "这些结果由微信以同一个 openid 推送：同时检测的两张图片，有一张永远不会显示。",
            fix: "用 trace_id 区分检测结果。",
        },
    ),
];
