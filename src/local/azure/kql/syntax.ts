/** The one place that knows the Kusto language package: text in, a plain tree out. The package is large and optional, so it is loaded at first use. */
import { createRequire } from "node:module";
import { KqlError } from "./error.ts";

export interface SyntaxNode {
  /** The package's own kind name, such as `FilterOperator`. */
  readonly kind: string;
  /** The source text without comments and line breaks. */
  readonly text: string;
  /** Lists and separators are flattened away: a node's children are its keywords and its parts, in order. */
  readonly children: readonly SyntaxNode[];
}

interface ForeignNode {
  readonly Kind: number;
  readonly ChildCount: number;
  readonly Text?: string;
  GetChild(index: number): ForeignNode | null;
}

interface ForeignDiagnostic {
  readonly Message: string;
  readonly Severity: string;
  readonly Start: number;
}

interface KustoLanguage {
  readonly KustoCode: {
    Parse(text: string): {
      readonly Syntax: ForeignNode;
      GetDiagnostics(): { readonly Count: number; getItem(index: number): ForeignDiagnostic };
    };
  };
  readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, unknown>> };
}

interface Loaded {
  readonly language: KustoLanguage;
  readonly kindNames: ReadonlyMap<number, string>;
}

const PACKAGE = "@kusto/language-service-next";

export class MissingLanguageError extends Error {
  override readonly name = "MissingLanguageError";
  readonly code = "KUSTO_LANGUAGE_MISSING";

  constructor(options?: ErrorOptions) {
    super(`The simulated Resource Graph needs the optional package ${PACKAGE}; run npm install.`, options);
  }
}

let loaded: Loaded | undefined;

function load(): Loaded {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  try {
    require(`${PACKAGE}/bridge.min.js`);
    require(`${PACKAGE}/Kusto.Language.Bridge.min.js`);
  } catch (error) {
    throw new MissingLanguageError({ cause: error });
  }
  const { Kusto } = globalThis as unknown as { readonly Kusto: { readonly Language: KustoLanguage } };
  const kindNames = new Map<number, string>();
  for (const [name, value] of Object.entries(Kusto.Language.Syntax.SyntaxKind)) if (typeof value === "number") kindNames.set(value, name);
  loaded = { language: Kusto.Language, kindNames };
  return loaded;
}

/**
 * @throws KqlError with `ParserFailure` for text that is no query.
 * @throws MissingLanguageError when the optional package is not installed.
 */
export function parseQuery(text: string): SyntaxNode {
  const { language, kindNames } = load();
  const code = language.KustoCode.Parse(text);
  const diagnostics = code.GetDiagnostics();
  for (let index = 0; index < diagnostics.Count; index++) {
    const { Message, Severity, Start } = diagnostics.getItem(index);
    if (Severity === "Error")
      throw new KqlError("ParserFailure", `${Message} (at character ${Start}: '${text.slice(Start, Start + 30).trim()}')`);
  }
  const [root] = plain(code.Syntax, kindNames);
  if (root === undefined) throw new KqlError("ParserFailure", "The query is empty.");
  return root;
}

function plain(node: ForeignNode, kindNames: ReadonlyMap<number, string>): SyntaxNode[] {
  const kind = kindNames.get(node.Kind) ?? String(node.Kind);
  if (kind === "CommaToken") return [];
  const children: SyntaxNode[] = [];
  for (let index = 0; index < node.ChildCount; index++) {
    const child = node.GetChild(index);
    if (child !== null) children.push(...plain(child, kindNames));
  }
  if (kind === "List" || kind === "SeparatedElement") return children;
  return [{ kind, text: node.ChildCount === 0 ? (node.Text ?? "") : children.map((child) => child.text).join(" "), children }];
}
