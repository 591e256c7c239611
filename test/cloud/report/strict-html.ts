/**
 * A parser for pages that this project makes, stricter than a browser: whatever a browser would repair is an error. In: a page. Out: a tree. It knows
 * elements, quoted attributes and the entities that the renderer writes, nothing else.
 */
export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (Element | string)[];
}

const VOID = new Set(["meta", "wbr", "input"]);
const RAW = new Set(["style", "script"]);
const ENTITIES = new Map([
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&quot;", '"'],
  ["&#39;", "'"],
]);
const OPEN = /<([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z-]+(?:="[^"<>]*")?)*)\s*(\/?)>/uy;
const CLOSE = /<\/([A-Za-z][A-Za-z0-9]*)\s*>/uy;
const TEXT = /[^<]+/uy;

interface OpenElement extends Element {
  readonly children: (Element | string)[];
}

export function parseStrictly(page: string): Element {
  const doctype = "<!doctype html>";
  if (!page.startsWith(doctype)) throw new Error("The page does not begin with a doctype.");
  const root: OpenElement = { tag: "#root", attributes: new Map(), children: [] };
  const stack = [root];
  let at = doctype.length;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(page);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < page.length) {
    const top = stack.at(-1) ?? root;
    const text = read(TEXT);
    if (text !== null) {
      top.children.push(decode(text[0]));
      continue;
    }
    const close = read(CLOSE);
    if (close !== null) {
      if (close[1] !== top.tag) throw new Error(`</${close[1]}> closes <${top.tag}>.`);
      stack.pop();
      continue;
    }
    const open = read(OPEN);
    if (open === null) throw new Error(`Not markup: ${page.slice(at, at + 80)}`);
    const [, tag = "", attributes = "", slash] = open;
    const element: OpenElement = { tag, attributes: attributesOf(attributes), children: [] };
    top.children.push(element);
    if (RAW.has(tag)) {
      const end = page.indexOf(`</${tag}>`, at);
      element.children.push(page.slice(at, end));
      at = end + tag.length + 3;
    } else if (slash === "" && !VOID.has(tag)) stack.push(element);
  }
  if (stack.length > 1) throw new Error(`<${stack.at(-1)?.tag}> is not closed.`);
  return root;
}

function attributesOf(source: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", value = ""] of source.matchAll(/([A-Za-z-]+)(?:="([^"]*)")?/gu)) {
    if (attributes.has(name)) throw new Error(`${name} is given twice.`);
    attributes.set(name, decode(value));
  }
  return attributes;
}

function decode(text: string): string {
  return text.replaceAll(/&[^;\s]*;?/gu, (entity) => {
    const character = ENTITIES.get(entity);
    if (character === undefined) throw new Error(`Not an entity of ours: ${entity}`);
    return character;
  });
}

/** Every element below, itself included, in the order of the page. */
export function elements(from: Element): readonly Element[] {
  return [from, ...from.children.flatMap((child) => (typeof child === "string" ? [] : elements(child)))];
}

export function all(from: Element, tag: string, className?: string): readonly Element[] {
  return elements(from).filter(
    (element) => element.tag === tag && (className === undefined || (element.attributes.get("class") ?? "").split(" ").includes(className)),
  );
}

/** As a reader sees it: no style, no script, white space as one space. */
export function textOf(from: Element | string): string {
  const plain = (node: Element | string): string =>
    typeof node === "string" ? node : RAW.has(node.tag) ? "" : node.children.map(plain).join("") + (BLOCK.has(node.tag) ? " " : "");
  return plain(from).replaceAll(/\s+/gu, " ").trim();
}

/** Exactly what stands in a style or script. */
export function sourceOf(from: Element | undefined): string {
  return (from?.children ?? []).filter((child) => typeof child === "string").join("");
}

const BLOCK = new Set(["p", "li", "td", "th", "tr", "h1", "h2", "h3", "dt", "dd", "div", "small", "summary", "title", "text"]);

/** The section whose heading has this id. */
export function section(page: Element, id: string): Element {
  const found = all(page, "section").find((one) => one.attributes.get("aria-labelledby") === id);
  if (found === undefined) throw new Error(`The page has no section ${id}.`);
  return found;
}
