//! Ports, domains and certificates of the configured URLs, in Chinese.

use crate::words::Words;

const UNREACHABLE: &str = "连接会被拒绝，而且只在正式环境才会：开发者工具可以跳过校验。";

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "network/ports",
        Words {
            summary: "回调 URL 使用 http 的 80 端口或 https 的 443 端口。",
            why: "微信不接受其他端口的 URL。",
            fix: "在应用前面的 80 或 443 端口放一个代理。",
        },
    ),
    (
        "network/fetch-https",
        Words {
            summary: "拉取数据的 URL 以 https:// 开头。",
            why: "管理后台不接受其他协议。",
            fix: "在微信后台配置 https 的 URL；测试环境无须处理。",
        },
    ),
    (
        "network/domain",
        Words {
            summary: "拉取数据的 URL 使用自己的域名，而不是 IP 地址。",
            why: "这样的域名无法配置，URL 也就无法配置。",
            fix: "使用登记在自己名下的域名。",
        },
    ),
    (
        "network/domain-list",
        Words {
            summary: "配置中的域名都能在微信后台设置：协议与列表一致、使用已注册的域名、每个列表不超过 200 个（业务域名 300 个）。",
            why: "管理后台会拒绝该列表，或者小程序的连接会被拒绝。",
            fix: "把结果中指出的域名从列表中去掉，或把接口归并到更少的域名下。",
        },
    ),
    (
        "network/tls-version",
        Words {
            summary: "服务器支持 TLS 1.2 或更新的版本。",
            why: UNREACHABLE,
            fix: "在 Web 服务器的设置中启用 TLS 1.2 和 1.3。",
        },
    ),
    (
        "network/certificate-name",
        Words {
            summary: "服务器的证书与 URL 中的域名一致。",
            why: UNREACHABLE,
            fix: "申请包含该域名的证书，或配置证书所写的域名。",
        },
    ),
    (
        "network/certificate-date",
        Words {
            summary: "服务器的证书在有效期内。",
            why: UNREACHABLE,
            fix: "更新证书，并从此自动更新。",
        },
    ),
    (
        "network/certificate-chain",
        Words {
            summary: "服务器发送证书时，把它与根证书之间的证书一并发送。",
            why: "浏览器会自己下载缺少的证书，其他客户端不会：在浏览器里一切正常，换个地方就不行。",
            fix: "配置完整的证书链（通常叫 fullchain.pem），而不只是服务器自己的证书。",
        },
    ),
    (
        "network/certificate-trusted",
        Words {
            summary: "服务器的证书由本系统信任的机构签发。",
            why: UNREACHABLE,
            fix: "由公共机构签发证书，并发送完整的证书链；测试环境可用 ⟦ca-cert⟧ 指定自己的机构。",
        },
    ),
];
