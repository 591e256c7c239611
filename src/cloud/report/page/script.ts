/**
 * The page's only script: picks rows by words, outcome, vault, error code and change. Without it the page reads the same; the fields are shown by the script
 * itself. Of a large report it makes rows out of the page's data, a few at a time; texts go into text nodes, never into markup.
 */
import { DECISIONS } from "../words.ts";

export const SCRIPT = `
(() => {
  const bar = document.getElementById("filter");
  if (!bar) return;
  const STEP = 200;
  const FIRST = 30;
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes, ...parts) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...parts);
    return made;
  };
  const decisions = ${JSON.stringify(DECISIONS)};
  const groups = [];
  for (const [decision, word] of decisions.entries()) {
    const details = byId("g-" + word);
    if (details) groups.push({ details, decision, body: details.querySelector("tbody"), wasOpen: details.open, left: details.querySelector(".rest"), number: details.querySelector("summary .n"), found: undefined, total: 0, shown: 0 });
  }
  let data;
  let rows;
  const standing = (row) => {
    const [vault, cause, change] = row.dataset.facets.split(" ").map(Number);
    return { vault, cause, change, row };
  };
  const load = () => {
    if (rows) return rows;
    rows = [];
    const source = byId("rows");
    data = source && JSON.parse(source.textContent);
    const made = new Map(groups.map((group) => [group.decision, [...group.body.rows]]));
    if (!data) for (const [decision, list] of made) for (const row of list) rows.push({ decision, ...standing(row) });
    for (const facts of data ? data.rows : []) {
      const [decision, vault, cause, change] = facts;
      rows.push({ decision, vault, cause, change, facts, row: made.get(decision)?.shift() });
    }
    return rows;
  };
  const textOf = (one) => {
    if (one.text === undefined) {
      const { facts, row } = one;
      const words = facts ? [facts[4], data.texts[facts[5]], data.vaults[one.vault], data.causes[one.cause], data.texts[facts[8]], ...facts.slice(9).map((at) => data.texts[at] ?? "")] : [row.textContent];
      one.text = words.join(" ").toLowerCase();
    }
    return one.text;
  };
  const bdi = (text) => make("bdi", {}, text);
  const none = (text) => make("span", { class: "none" }, text);
  const coded = (code) => {
    const inner = make("bdi", {});
    for (const [index, word] of code.split(/(?<=[a-z0-9])(?=[A-Z])/u).entries()) inner.append(...(index ? [make("wbr", {}), word] : [word]));
    return make("code", {}, inner);
  };
  const rowOf = (one) => {
    if (one.row) return one.row;
    const [, , , , name, workload, tries, known, reason, history, text, ...attempts] = one.facts;
    const { texts } = data;
    const code = data.causes[one.cause];
    const why = [make("p", {}, bdi(texts[reason]))];
    if (text >= 0) why.push(make("p", { class: "about" }, make("q", {}, bdi(texts[text]))));
    if (history !== undefined) why.push(make("p", { class: "about" }, texts[history]));
    if (attempts.length > 0) why.push(make("ol", { class: "attempts" }, ...attempts.map((at) => make("li", {}, bdi(texts[at])))));
    one.row = make("tr", { role: "row" },
      make("th", { scope: "row", role: "rowheader" }, bdi(name), " ", make("small", {}, bdi(data.vaults[one.vault]), " · ", bdi(texts[workload]))),
      make("td", { role: "cell" }, code === "" ? none("none") : coded(code), ...(known ? [] : [" ", make("em", { class: "tag" }, "not in the catalogue")])),
      make("td", { role: "cell", class: "n" }, tries ? String(tries) : none("0")),
      make("td", { role: "cell" }, ...why),
    );
    return one.row;
  };
  const grouped = (number) => number.toLocaleString("en-US");
  const more = (group, step) => {
    group.found ??= load().filter((one) => one.decision === group.decision);
    group.total = group.found.length;
    const next = group.found.slice(group.shown, group.shown + step);
    group.body.append(...next.map(rowOf));
    group.shown += next.length;
    button(group);
  };
  const button = (group) => {
    group.button?.remove();
    group.button = undefined;
    const rest = group.total - group.shown;
    if (rest <= 0) return;
    group.button = make("button", { type: "button", class: "rest" }, "Show " + grouped(Math.min(rest, STEP)) + " more of " + grouped(rest));
    group.button.addEventListener("click", () => more(group, STEP));
    group.details.append(group.button);
  };
  const words = byId("words");
  const pickers = { decision: byId("by-decision"), vault: byId("by-vault"), cause: byId("by-cause"), change: byId("by-change") };
  const apply = () => {
    const asked = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const wanted = Object.entries(pickers).filter(([, field]) => field && field.value !== "").map(([facet, field]) => [facet, Number(field.value)]);
    const isPicking = asked.length > 0 || wanted.length > 0;
    load();
    for (const group of groups) group.found = [];
    const byDecision = new Map(groups.map((group) => [group.decision, group]));
    let count = 0;
    for (const one of rows) {
      if (!wanted.every(([facet, value]) => one[facet] === value)) continue;
      if (asked.length > 0) {
        const text = textOf(one);
        if (!asked.every((word) => text.includes(word))) continue;
      }
      byDecision.get(one.decision)?.found.push(one);
      count += 1;
    }
    for (const group of groups) {
      group.all ??= group.number.textContent;
      group.number.textContent = isPicking ? grouped(group.found.length) + " of " + group.all : group.all;
      group.body.replaceChildren();
      group.shown = 0;
      group.details.hidden = isPicking && group.found.length === 0;
      group.details.open = isPicking ? group.found.length > 0 : group.wasOpen;
      more(group, data ? FIRST : group.found.length);
    }
    byId("shown").textContent = isPicking ? grouped(count) + " of " + grouped(rows.length) + " rows" : "";
    byId("clear").hidden = !isPicking;
  };
  let waiting;
  words.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(apply);
  });
  for (const field of Object.values(pickers)) field?.addEventListener("change", apply);
  byId("clear").addEventListener("click", () => {
    words.value = "";
    for (const field of Object.values(pickers)) if (field) field.value = "";
    apply();
    words.focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-vault],a[data-cause]");
    if (!link) return;
    words.value = "";
    for (const [facet, field] of Object.entries(pickers)) if (field) field.value = link.dataset[facet] ?? "";
    apply();
  });
  bar.hidden = false;
  if (!byId("rows")) return;
  // What stands in the page is enough to begin with; the rest is read when the browser has time.
  for (const group of groups) {
    group.shown = group.body.rows.length;
    group.total = group.shown + Number(group.left?.textContent.replace(/\\D/g, "") ?? 0);
    if (group.left) group.left.hidden = true;
    button(group);
  }
  (window.requestIdleCallback ?? setTimeout)(() => {
    load();
    for (const group of groups) {
      const held = rows.filter((one) => one.decision === group.decision).length;
      const missing = group.total - held;
      if (!group.left || missing <= 0) continue;
      group.left.firstChild.data = grouped(missing) + " more of this group in ";
      group.left.hidden = false;
      if (group.found === undefined) group.total = held;
      button(group);
    }
  });
})();
`;
