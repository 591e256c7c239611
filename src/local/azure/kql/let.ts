/** `let name = literal;` before a query: the name stands for the literal wherever it is used. Anything but a literal is refused. */
import { KqlError } from "./error.ts";
import { childOf } from "./expression.ts";
import { literalOf } from "./literals.ts";
import type { SyntaxNode } from "./syntax.ts";

export type Literals = ReadonlyMap<string, SyntaxNode>;

export function literalsOfLets(statements: readonly SyntaxNode[]): Literals {
  return new Map(
    statements.map((statement) => {
      const [name, value] = [childOf(statement, 1), childOf(statement, 3)];
      if (literalOf(value) === undefined)
        throw new KqlError(
          "NotImitatedBySimulator",
          `'let ${name.text}' names something that is no literal, which the simulator does not imitate.`,
        );
      return [name.text, value] as const;
    }),
  );
}

export function withLiterals(node: SyntaxNode, literals: Literals): SyntaxNode {
  if (literals.size === 0) return node;
  if (node.kind === "NameReference") return literals.get(node.text) ?? node;
  return { ...node, children: node.children.map((child) => withLiterals(child, literals)) };
}
