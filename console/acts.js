// What a user can do, as data: the fields of each act, and what is sent for it.

/** Kinds of account. */
const MINI = ["mini", "minigame", "shop", "app"];
const OFFICIAL = ["official"];

/**
 * The acts besides writing a text. A field is `[key, kind, preset]`; `templates` are names with a comma between, and a
 * `picture` is uploaded before, so that its media_id is given.
 * `where` are the kinds of account that have it; without one, all.
 */
export const ACTS = [
  { act: "send-image", fields: [["picture", "picture", ""], ["pic_url", "text", ""], ["media_id", "text", ""]] },
  { act: "send-card", where: MINI, fields: [["title", "text", "wxcheck"], ["page_path", "text", "pages/index/index"]] },
  { act: "enter-session", where: MINI, fields: [["session_from", "text", ""]] },
  { act: "subscribe", fields: [["templates", "templates", ""], ["choice", "choice", "accept"], ["popup_scene", "number", "0"]] },
  { act: "change-subscription", fields: [["templates", "templates", ""]] },
  { act: "tap-menu", where: OFFICIAL, fields: [["key", "text", "MENU_1"], ["type", "menu-type", ""]] },
  { act: "follow", where: OFFICIAL, fields: [] },
  { act: "unfollow", where: OFFICIAL, fields: [] },
  { act: "scan", where: OFFICIAL, fields: [["scene", "text", "1"]] },
  { act: "open", where: MINI, fields: [["device", "text", "phone"], ["path", "text", "pages/index/index"], ["query", "text", ""], ["scene", "number", "1001"]] },
  { act: "log-in", where: MINI, fields: [] },
  { act: "submit-form", where: MINI, fields: [] },
  { act: "upload", where: MINI, fields: [["file", "file", ""]] },
  { act: "revoke-authorization", where: MINI, fields: [["revoke_info", "text", "1"]] },
];

/** The types of menu buttons of which the server hears. */
export const MENU_TYPES = ["click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"];

/** The choices of a popup. */
export const CHOICES = ["accept", "always", "reject"];

/** The acts that accounts of that kind have. */
export function actsOf(kind) {
  return ACTS.filter((act) => !act.where || act.where.includes(kind) || kind === undefined);
}

/** The act as the control API takes it, of what the form holds; empty fields are left out. */
export function formed(act, values) {
  const form = { act: act.act };
  const names = String(values.templates ?? "").split(",").map((name) => name.trim()).filter(Boolean);
  for (const [key, kind] of act.fields) {
    const value = values[key];
    if (kind === "templates") {
      form.templates = act.act === "subscribe" ? Object.fromEntries(names.map((name) => [name, values.choice])) : names;
    } else if (kind === "number") {
      if (value !== "") form[key] = Number(value);
    } else if (kind === "file") {
      if (value) Object.assign(form, value);
    } else if (kind !== "choice" && kind !== "picture" && (value !== "" || key === "title" || key === "page_path" || key === "key" || key === "session_from")) {
      form[key] = value;
    }
  }
  return form;
}
