"use strict";
// Everything that came from a model is put in as text (textContent), never as markup.
(() => {
  const PAGE = 100;
  const byId = (id) => document.getElementById(id);
  const items = byId("data").textContent.split("\n").filter((line) => line.length > 1).map((line) => JSON.parse(line));
  const list = byId("list"), more = byId("more"), status = byId("status");
  const words = byId("words"), field = byId("field"), kind = byId("kind");
  const number = (value) => value.toLocaleString("en");
  // Never 100 % for what differs, never 0 % for what has something in common.
  const share = (value) => {
    if (value > 0 && value < 0.01) return "< 1 %";
    if (value > 0.99 && value < 1) return "> 99 %";
    return `${Math.round(value * 100)} %`;
  };
  let found = items;
  let drawn = 0;

  function element(name, properties, ...children) {
    const made = document.createElement(name);
    Object.assign(made, properties);
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }
  const bdi = (text) => element("bdi", {}, text);

  // The text of an item as it is searched; made when it is first needed, and kept.
  function haystack(item) {
    if (item.hay === undefined) {
      const rows = item.rows.map(([name, , , a, b]) => [name, ...(a || []), ...(b || [])].join(" "));
      item.hay = [item.id, item.a, item.b, item.why || "", ...rows].join(" ").toLowerCase();
    }
    return item.hay;
  }

  function draw() {
    const until = Math.min(drawn + PAGE, found.length);
    const rows = [];
    for (; drawn < until; drawn += 1) rows.push(entry(found[drawn]));
    list.append(...rows);
    more.hidden = drawn >= found.length;
    more.textContent = `Show ${number(Math.min(PAGE, found.length - drawn))} more`;
  }

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = items.filter((item) =>
      (kind.value === "" || (kind.value === "one") === (item.share === null)) &&
      (field.value === "" || item.rows.some((row) => row[0] === field.value)) &&
      (wanted.length === 0 || wanted.every((word) => haystack(item).includes(word))));
    list.replaceChildren();
    drawn = 0;
    draw();
    status.textContent = found.length === items.length
      ? `${number(items.length)} items` : `${number(found.length)} of ${number(items.length)} items`;
  }

  function entry(item) {
    const what = element("span", { className: "what" });
    if (item.share === null) what.append(bdi(`${item.a} in A, ${item.b} in B`));
    else {
      what.append(bdi(item.rows.slice(0, 6).map((row) => row[0]).join(", ")));
      const rest = item.rows.length + item.more - 6;
      if (rest > 0) what.append(` and ${number(rest)} more`);
    }
    const summary = element("summary", {},
      element("span", { className: "badge" }, item.share === null ? "–" : share(item.share)),
      element("span", { className: "id" }, bdi(item.id)), what);
    const made = element("details", { className: "item" }, summary);
    made.addEventListener("toggle", () => {
      if (made.open && made.childElementCount === 1) made.append(inside(item));
    });
    return made;
  }

  function inside(item) {
    const box = element("div", { className: "inside" });
    if (item.why) box.append(element("p", {}, bdi(item.why)));
    for (const row of item.rows) box.append(pair(row));
    if (item.more) box.append(element("p", { className: "soft" }, `and ${number(item.more)} more fields`));
    return box;
  }

  function pair([name, value, common, a, b]) {
    const head = element("h3", {}, element("code", {}, bdi(name)), " ",
      element("span", { className: "soft" }, common ? `${share(value)}, ${number(common)} in both, these not:` : ""));
    return element("div", { className: "row" }, head,
      element("div", { className: "pair" }, side("A", a), side("B", b)));
  }

  function side(letter, texts) {
    const made = element("div", { className: `value ${letter.toLowerCase()}`, tabIndex: 0 });
    made.append(element("span", { className: "away" }, `${letter}: `));
    if (texts === null) made.append(element("p", { className: "soft" }, "not there"));
    else if (texts.length === 0) made.append(element("p", { className: "soft" }, "nothing else"));
    else made.append(...texts.map((text) => element("p", {}, text)));
    return made;
  }

  function start() {
    const fields = new Map();
    for (const item of items) {
      for (const row of item.rows) fields.set(row[0], (fields.get(row[0]) || 0) + 1);
    }
    for (const [name, count] of [...fields].sort((a, b) => b[1] - a[1])) {
      field.append(element("option", { value: name }, `${name} (${number(count)})`));
    }
    let waiting = 0;
    words.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
    field.addEventListener("change", filter);
    kind.addEventListener("change", filter);
    byId("filter").addEventListener("submit", (event) => { event.preventDefault(); filter(); });
    more.addEventListener("click", draw);
    for (const button of document.querySelectorAll("button[data-field]")) {
      button.addEventListener("click", () => {
        field.value = fields.has(button.dataset.field) ? button.dataset.field : "";
        filter();
        byId("items").scrollIntoView();
        field.focus({ preventScroll: true });
      });
    }
    byId("filter").hidden = items.length === 0;
    filter();
  }
  start();
})();
