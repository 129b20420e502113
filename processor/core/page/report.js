"use strict";
// Everything that came from a model is put in as text (textContent), never as markup.
(() => {
  const PAGE = 200;
  const byId = (id) => document.getElementById(id);
  const setup = JSON.parse(byId("setup").textContent);
  const items = byId("data").textContent.split("\n").filter((line) => line.length > 1).map((line) => JSON.parse(line));
  // Those that need eyes come first; within both kinds the order of the inputs stays.
  const isGood = (item) => item.outcome === "accepted" || item.outcome === "reused";
  items.sort((a, b) => isGood(a) - isGood(b));
  const list = byId("list"), more = byId("more"), status = byId("status");
  const words = byId("words"), rule = byId("rule");
  const number = (value) => value.toLocaleString("en");
  let found = items;
  let drawn = 0;

  function element(name, properties, ...children) {
    const made = document.createElement(name);
    Object.assign(made, properties);
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }
  const code = (text) => element("code", {}, text);
  const bdi = (text) => element("bdi", {}, text);
  const plain = (segment) => (typeof segment === "string" ? segment : segment[0]);

  // The text of an item as it is searched; made when it is first needed, and kept.
  function haystack(item) {
    if (item.hay === undefined) {
      const findings = item.findings.map((one) => one.join(" "));
      item.hay = [item.id, ...findings, ...(item.text || []).map(plain)].join(" ").toLowerCase();
    }
    return item.hay;
  }

  function draw() {
    const until = Math.min(drawn + PAGE, found.length);
    const rows = [];
    for (; drawn < until; drawn += 1) rows.push(row(found[drawn]));
    list.append(...rows);
    more.hidden = drawn >= found.length;
    more.textContent = `Show ${number(Math.min(PAGE, found.length - drawn))} more`;
  }

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = new Set();
    for (const box of byId("outcomes").querySelectorAll("input")) if (box.checked) outcomes.add(box.value);
    found = items.filter((item) =>
      outcomes.has(item.outcome) &&
      (rule.value === "" || item.findings.some((one) => one[0] === rule.value)) &&
      (wanted.length === 0 || wanted.every((word) => haystack(item).includes(word))));
    list.replaceChildren();
    drawn = 0;
    draw();
    status.textContent = found.length === items.length
      ? `${number(items.length)} items` : `${number(found.length)} of ${number(items.length)} items`;
  }

  function row(item) {
    const first = item.findings[0];
    const what = element("span", { className: "what" });
    if (first) what.append(code(first[0]), " ", bdi(first[2]));
    else if (item.repairs.length) what.append("repaired: ", item.repairs.join(", "));
    const summary = element("summary", {},
      element("span", { className: "badge" },
        element("span", { className: `dot ${setup.outcomes.includes(item.outcome) ? item.outcome : "pending"}`, ariaHidden: "true" }),
        item.outcome),
      element("span", { className: "id" }, bdi(item.id)), what);
    const made = element("details", { className: "item" }, summary);
    made.addEventListener("toggle", () => {
      if (!made.open || made.childElementCount > 1) return;
      made.append(inside(item));
      const mark = made.querySelector("mark");
      if (mark) made.querySelector(".raw").scrollTop = mark.offsetTop - 60;
    });
    return made;
  }

  function inside(item) {
    const box = element("div", { className: "inside" });
    if (item.findings.length) {
      const findings = item.findings.map(([id, path, message]) =>
        element("li", {}, code(id), " ", code(path), " ", bdi(message)));
      box.append(element("ol", {}, ...findings));
      if (item.more) box.append(element("p", { className: "soft" }, `and ${number(item.more)} more findings, in items.jsonl`));
    }
    box.append(facts(item));
    if (item.text === null) box.append(element("p", { className: "soft" }, "There is no text."));
    else box.append(raw(item));
    return box;
  }

  function facts(item) {
    const made = element("dl", {});
    const add = (name, value) => made.append(element("div", {}, element("dt", {}, name), element("dd", {}, bdi(value))));
    if (item.model) add("answered by", item.model);
    if (item.finish) add("finish reason", item.finish);
    if (item.usage) {
      const [prompt, cached, output, thoughts] = item.usage;
      add("tokens", `${number(prompt)} in${cached ? ` (${number(cached)} cached)` : ""}, ${number(output)} out, ${number(thoughts)} thoughts`);
    }
    if (item.cost !== null) add("cost", `${item.cost.toFixed(6)} USD`);
    if (item.repairs.length) add("repairs", item.repairs.join(", "));
    const variants = Object.entries(item.variants).map(([name, used]) => `${name} as ${used}`);
    if (variants.length) add("names", variants.join("; "));
    if (item.from) add("reused from", item.from);
    return made;
  }

  function raw(item) {
    const pre = element("pre", { className: "raw", tabIndex: 0 });
    pre.setAttribute("aria-label", `raw text of ${item.id}`);
    const [before, after] = item.cut;
    if (before) pre.append(element("span", { className: "cut" }, `[${number(before)} characters before]\n`));
    for (const segment of item.text) {
      if (typeof segment === "string") pre.append(segment);
      else {
        const mark = element("mark", {}, segment[0]);
        mark.title = segment[1].map((at) => item.findings[at][2]).join("\n");
        mark.append(element("sup", {}, segment[1].map((at) => at + 1).join(",")));
        pre.append(mark);
      }
    }
    if (after) pre.append(element("span", { className: "cut" }, `\n[${number(after)} characters after]`));
    return pre;
  }

  function start() {
    const rules = new Map();
    const outcomes = new Map();
    for (const item of items) {
      outcomes.set(item.outcome, (outcomes.get(item.outcome) || 0) + 1);
      for (const id of new Set(item.findings.map((one) => one[0]))) rules.set(id, (rules.get(id) || 0) + 1);
    }
    for (const [id, count] of [...rules].sort((a, b) => b[1] - a[1])) {
      rule.append(element("option", { value: id }, `${id} (${number(count)})`));
    }
    for (const [name, count] of outcomes) {
      const box = element("input", { type: "checkbox", value: name, checked: true });
      byId("outcomes").append(element("label", {}, box, `${name} (${number(count)})`));
    }
    let waiting = 0;
    words.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
    rule.addEventListener("change", filter);
    byId("outcomes").addEventListener("change", filter);
    byId("filter").addEventListener("submit", (event) => { event.preventDefault(); filter(); });
    more.addEventListener("click", draw);
    for (const button of document.querySelectorAll("button[data-rule]")) {
      button.addEventListener("click", () => {
        rule.value = rules.has(button.dataset.rule) ? button.dataset.rule : "";
        filter();
        byId("items").scrollIntoView();
        rule.focus({ preventScroll: true });
      });
    }
    byId("filter").hidden = items.length === 0;
    filter();
  }
  start();
})();
