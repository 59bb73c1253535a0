//! Every documented push, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "catalogue/handled",
        Words {
            summary: "凡声明由服务器处理的推送，服务器都予以确认。",
            why: "服务器存在的意义就在于这些推送：微信会重新推送，然后放弃。",
            fix: "对报告中列出的推送运行 `wxcheck push NAME`，并查看服务器日志。",
        },
    ),
    (
        "catalogue/acknowledged",
        Words {
            summary: "对该类账号文档中的每一种推送，包括服务器不处理的，服务器都予以确认。",
            why: "微信会重新推送，向管理员报警，并提示用户服务暂时不可用。",
            fix: "让默认分支返回 `success`，不要读取当前推送中未必存在的字段。",
        },
    ),
    (
        "catalogue/any-values",
        Words {
            summary: "无论用户写了什么、数字有多大、可选字段是否缺失，服务器都确认推送。",
            why: "所有测试都通过，却偏偏对昵称里带 emoji 的那个用户每次都失败。",
            fix: "检查报告指出的字段：使用真正的解析器，ID 和金额用 64 位整数，文本按四字节 UTF-8 存储，读取可选字段前先判断是否存在。",
        },
    ),
];
