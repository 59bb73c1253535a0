// What the page does: languages, light and dark, filters, copying, and findings that a link leads to.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  // A page from a file may have no store; it forgets the choice then.
  const kept = (name, value) => {
    try {
      if (value !== undefined) localStorage.setItem("wxcheck-" + name, value);
      return localStorage.getItem("wxcheck-" + name);
    } catch {
      return null;
    }
  };

  const speak = (lang) => {
    root.dataset.lang = lang;
    root.lang = lang === "zh" ? "zh-CN" : "en";
    filter();
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = (theme) => {
    root.dataset.theme = theme || (dark.matches ? "dark" : "light");
  };

  const form = document.querySelector(".filter");
  const rows = all("#rules tbody tr");
  const pressed = (kind) => all(`.filter [data-${kind}][aria-pressed="true"]`).map((button) => button.dataset[kind]);
  function filter() {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = pressed("verdict");
    const levels = pressed("level");
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = (!verdicts.length || verdicts.includes(row.dataset.verdict))
        && (!levels.length || levels.includes(row.dataset.level))
        && words.every((word) => text.includes(word));
      row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    document.querySelector('[data-says="count"]').textContent = `${count} / ${rows.length}`;
    document.querySelector('[data-says="nothing"]').hidden = count > 0;
  }

  const copy = async (button) => {
    const line = button.parentElement.querySelector(".copy");
    try {
      await navigator.clipboard.writeText(line.textContent);
    } catch {
      getSelection().selectAllChildren(line);
      document.execCommand("copy");
    }
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
  };

  const acts = {
    lang: () => {
      const next = root.dataset.lang === "zh" ? "en" : "zh";
      kept("lang", next);
      speak(next);
    },
    theme: () => {
      const next = root.dataset.theme === "dark" ? "light" : "dark";
      kept("theme", next);
      paint(next);
    },
    open: () => all("details.finding").forEach((finding) => { finding.open = true; }),
    close: () => all("details.finding").forEach((finding) => { finding.open = false; }),
    copy,
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.act) acts[button.dataset.act](button);
    if (button.closest(".chips")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      filter();
    }
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  dark.addEventListener("change", () => paint(kept("theme")));

  const follow = () => {
    const goal = location.hash && document.getElementById(location.hash.slice(1));
    if (!goal) return;
    if (goal.matches("details")) goal.open = true;
    if (goal.matches("tr") && goal.hidden) {
      form.reset();
      all(".filter [aria-pressed]").forEach((button) => button.setAttribute("aria-pressed", "false"));
      filter();
    }
    goal.scrollIntoView();
  };
  addEventListener("hashchange", follow);

  paint(kept("theme"));
  speak(kept("lang") || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
  follow();
})();
