/** What the two tools that read .funcignore make of it, for the kinds of lines that ours has. Anything else in it is an error here. */

interface Rules {
  /** Every line that takes away; only `/*` is known. */
  readonly takesAllAway: boolean;
  /** Names at the top that come back, a folder's with a slash at its end. */
  readonly kept: readonly string[];
}

function parse(text: string): Rules {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const kept = lines
    .filter((line) => line !== "/*")
    .map((line) => {
      const name = /^!\/([\w.-]+\/?)$/.exec(line)?.[1];
      if (name === undefined) throw new Error(`.funcignore: the line ${JSON.stringify(line)} is of a kind that the tests do not know`);
      return name;
    });
  return { takesAllAway: lines[0] === "/*", kept };
}

/** gitignore(5): the last line that matches decides, and nothing inside a folder that is left out is looked at. */
export function gitKeeps(text: string, path: string): boolean {
  const { takesAllAway, kept } = parse(text);
  const [top = "", ...rest] = path.split("/");
  return !takesAllAway || kept.includes(rest.length > 0 ? `${top}/` : top) || kept.includes(top);
}

/** GitIgnoreParser of Azure/azure-functions-core-tools: a path is sent when the text of a `!` line is how it begins, or no other line fits. */
export function coreToolsSends(text: string, path: string): boolean {
  const { takesAllAway, kept } = parse(text);
  return !takesAllAway || kept.some((name) => path.startsWith(name));
}
