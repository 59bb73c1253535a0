//! Every documented push, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "catalogue/handled",
        Words {
            summary: "凡声明由服务器处理的推送，服务器都正常响应。",
            why: "服务器存在的意义就在于这些推送：微信会重推，然后放弃。",
            fix: "对报告中列出的推送运行 `wxcheck push NAME`，并查看服务器日志。",
        },
    ),
    (
        "catalogue/acknowledged",
        Words {
            summary: "对该类账号文档中的每一种推送，包括服务器不处理的，服务器都正常响应。",
            why: "微信会重推，向管理员报警，并提示用户服务暂时不可用。",
            fix: "让默认分支返回 `success`，不要读取当前推送中未必存在的字段。",
        },
    ),
    (
        "catalogue/replies",
        Words {
            summary: "服务器以消息回复推送时，无论是哪种推送，该消息都是微信可以使用的。",
            why: "对文本的回复没有问题，对新关注者的回复却谁也收不到。",
            fix: "在一处生成所有回复：收发双方互换，CreateTime 为秒，MsgType 已知且各部分齐全，安全模式下加密；不要以 transfer_customer_service 回复事件。",
        },
    ),
    (
        "catalogue/any-values",
        Words {
            summary: "无论用户写了什么、数字有多大、可选字段是否缺失，服务器都正常响应。",
            why: "所有测试都通过，却偏偏对名字、金额或缺失字段与众不同的那个用户每次都失败。",
            fix: "检查报告指出的字段：使用真正的解析器，ID 和金额用 64 位整数，文本按四字节 UTF-8 存储，读取可选字段前先判断是否存在。",
        },
    ),
];
