//! The paths of the control API, from its description for machines.

use std::{collections::HashSet, fmt::Write as _};

use serde_json::Value;

const DESCRIPTION: &str = include_str!("../../../mock-server/src/serve/control/openapi.json");

/// The table of every path, in a language.
pub(super) fn table(lang: &str) -> String {
    let head = match lang {
        "zh" => "| 方法 | 路径 | 用途 |",
        _ => "| method | path | what it does |",
    };
    let mut text = format!("{head}\n|---|---|---|\n");
    for (method, path, summary) in operations() {
        let summary = match lang {
            "zh" => chinese(&summary),
            _ => summary.as_str(),
        };
        let _ = writeln!(text, "| {method} | `{path}` | {summary} |");
    }
    text
}

/// Method, path and summary of each operation, without the part of the path that all have.
fn operations() -> Vec<(String, String, String)> {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/_wxcheck/").unwrap();
        for (method, operation) in methods.as_object().unwrap() {
            let summary = operation["summary"].as_str().unwrap();
            operations.push((method.to_uppercase(), path.to_owned(), summary.to_owned()));
        }
    }
    operations
}

#[expect(
    clippy::panic,
    reason = "a test that cannot go on fails, and says what is missing"
)]
fn chinese(summary: &str) -> &'static str {
    let words = CHINESE.iter().find(|(english, _)| *english == summary);
    words
        .unwrap_or_else(|| panic!("control.rs has no Chinese for `{summary}`"))
        .1
}

#[test]
fn no_words_are_left_over() {
    let operations = operations();
    let known: HashSet<&str> = operations
        .iter()
        .map(|(_, _, summary)| summary.as_str())
        .collect();
    let left: Vec<_> = CHINESE
        .iter()
        .filter(|(english, _)| !known.contains(english))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[rustfmt::skip]
const CHINESE: [(&str, &str); 64] = [
    ("List the apps", "列出应用"),
    ("Show an app, without its secrets", "查看应用，不含密钥"),
    ("Register an app, or change its settings; its history stays", "登记应用，或修改设置；历史记录保留"),
    ("Forget an app with its users, tokens and messages", "删除应用及其用户、access_token 和消息"),
    ("Let an app authorise a third-party platform; what it gave before ends", "让应用授权给第三方平台；之前的授权失效"),
    ("Let an app take its authorisation back", "让应用撤回授权"),
    ("Show where an app's phones fetch their data", "查看应用的手机从哪里拉取数据"),
    ("Set where an app's phones fetch their data, as on the admin page", "设置应用的手机从哪里拉取数据，与管理后台相同"),
    ("Show how many phones an app's fleet has, and how many are due", "查看应用的 fleet 有多少手机，多少已到时间"),
    ("Give an app many phones, each of a user of its own; those from before are gone", "给应用大量手机，每部属于不同的用户；之前的会被替换"),
    ("Take an app's fleet away", "删除应用的 fleet"),
    ("Show what was uploaded, by media/upload or by a user, within three days", "查看三天内由 media/upload 或用户上传的素材"),
    ("Show the menu of an app", "查看应用的菜单"),
    ("Give an app a menu, in the form of WeChat's menu/create; without buttons it has none", "设置应用的菜单，写法与微信的 menu/create 相同；没有按钮则没有菜单"),
    ("List the messages to users: those taken, those refused, and what WeChat shows where a push was given up", "列出发给用户的消息：已接受的、被拒绝的，以及推送被放弃时微信向用户显示的内容"),
    ("Send a push of the catalogue to an app's callback URL, and wait for the outcome", "向应用的回调 URL 发送目录中的推送，并等待结果"),
    ("Register a template for subscribe messages and the retired template messages", "登记订阅消息或已下线的模板消息的模板"),
    ("Revoke every access token of an app, before its time", "提前收回应用的全部 access_token"),
    ("List the users of an app, by openid", "按 openid 列出应用的用户"),
    ("Show a user", "查看用户"),
    ("Register a user, or change one", "登记或修改用户"),
    ("Forget a user", "删除用户"),
    ("Let a user do something; a user who is not registered is from then on", "让用户做一件事；未登记的用户随即登记"),
    ("Show a user's chat, as their phone does", "查看用户的会话，和手机上看到的一样"),
    ("Show what a phone holds", "查看手机里的内容"),
    ("Give a user a phone, or change one; a user who is not registered is from then on", "给用户一部手机，或修改手机；未登记的用户随即登记"),
    ("Take a phone away", "删除手机"),
    ("wx.getBackgroundFetchData", "wx.getBackgroundFetchData"),
    ("wx.getBackgroundFetchToken", "wx.getBackgroundFetchToken"),
    ("wx.setBackgroundFetchToken; a phone that is not registered is from then on", "wx.setBackgroundFetchToken；未登记的手机随即登记"),
    ("wx.onBackgroundFetchData: listen for data that come from now on; what came before is not heard", "wx.onBackgroundFetchData：监听此后到达的数据，之前的收不到"),
    ("The user opens the mini program on a phone, cold; a phone that is not registered is from then on", "用户在手机上冷启动小程序；未登记的手机随即登记"),
    ("wx.request, from a page on the phone; a phone that is not registered is from then on", "从手机的页面发出 wx.request；未登记的手机随即登记"),
    ("The platform's certificate as PEM, for clients that are to trust it; no token is needed", "平台的证书（PEM），供客户端信任；不需要令牌"),
    ("Show the platform's time", "查看平台时间"),
    ("Move the platform's time forward; what becomes due by that happens", "推进平台时间；由此到期的事情随即发生"),
    ("Hear the journal as it happens: server-sent events, each with a record's number as its id", "实时接收日志：server-sent events，id 是记录的编号"),
    ("List the faults in force", "列出正在生效的故障"),
    ("Make an endpoint fail on purpose", "让某个接口出故障"),
    ("Take every fault out of force", "撤销全部故障"),
    ("Take one fault out of force", "撤销一个故障"),
    ("Tell that the platform is at work; no token is needed", "说明平台在工作；不需要令牌"),
    ("List the pushes that wait until their server takes connections; there are some only with --hold-while-down", "列出等待服务器恢复连接的推送；只有加上 --hold-while-down 时才有"),
    ("Read the journal, or wait for what comes", "读取日志，或等待新的记录"),
    ("Search the journal for a text", "在日志中搜索文本"),
    ("All that is known of a push or a call, by the number of any of its records", "某次推送或调用的全部内容，用它任意一条记录的编号查询"),
    ("Deliver a push several times: the same message each time, together or one after the other", "把推送投递多次：每次都是同一条消息，同时或先后"),
    ("Deliver a push once more: the same message, signed anew as WeChat does it", "把推送再投递一次：同一条消息，像微信那样重新签名"),
    ("Deliver a push once more with other fields, in another mode or format", "修改字段、换模式或换格式后再投递一次"),
    ("Deliver pushes in another order, as new messages", "把多条推送作为新消息换一种顺序投递"),
    ("Show figures as Prometheus reads them", "Prometheus 格式的指标"),
    ("List the catalogue of pushes", "列出推送目录"),
    ("Put every app back to how it was registered, and forget users, tokens, messages and faults", "把应用恢复到登记时的样子，清除用户、access_token、消息和故障"),
    ("Let a run of wxcheck check use this platform: what a server calls is handed on to it until it ends", "让 wxcheck check 的一次运行使用本平台：服务器的调用在运行结束前都转交给它"),
    ("End a run", "结束一次运行"),
    ("Tell what happened in a run; also that it goes on, with an empty list", "报告运行中发生的事；空列表表示仍在进行"),
    ("Show whether a session is needed, and begun", "查看是否需要会话，以及是否已经开始"),
    ("Begin a session: the cookie stands for the control token from then on. Without --control-token nothing is needed", "开始会话：此后由 cookie 代替控制令牌。没有 --control-token 时不需要"),
    ("End the session, and with it those of all browsers", "结束会话，所有浏览器的会话一并结束"),
    ("List the snapshots that are kept", "列出保存的快照"),
    ("Keep the state as it is now: apps, users, tokens, messages, faults, but neither the clock nor the journal", "保存当前状态：应用、用户、access_token、消息、故障，不含时钟和日志"),
    ("Go back to a snapshot", "恢复到某个快照"),
    ("Drop a snapshot", "删除快照"),
    ("Show the state in short, without secrets", "查看状态摘要，不含密钥"),
];
