/**
 * A script per shell that completes commands and flags. In: the tree of commands. Out: text that the shell reads; it holds everything and starts no process
 * while a person types. Values that are paths are left to the shell's own completion of files.
 */
import type { CommandNode, Flag } from "./tree.ts";

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, tree: readonly CommandNode[]): string {
  return { bash, zsh, fish, powershell }[shell](tree);
}

const namesOf = (flags: readonly Flag[]): string[] => flags.flatMap(({ names }) => names);
const valued = (flags: readonly Flag[]): string[] => namesOf(flags.filter(({ takesValue }) => takesValue));
const paths = (flags: readonly Flag[]): string[] => namesOf(flags.filter(({ isPath, takesValue }) => isPath && takesValue));

/** The words before the cursor that are commands make the path; a flag's value is none of them. */
function bash(tree: readonly CommandNode[]): string {
  const rows = (pick: (node: CommandNode) => readonly string[]): string =>
    tree.map((node) => `    "${node.path}") echo "${pick(node).join(" ")}" ;;`).join("\n");
  return `# reprise completion bash: put this into ~/.bashrc, or into a file of /etc/bash_completion.d
_reprise_words() {
  case "$1" in
${rows(({ commands, flags }) => [...commands.map(({ name }) => name), ...namesOf(flags)])}
  esac
}
_reprise_commands() {
  case "$1" in
${rows(({ commands }) => commands.map(({ name }) => name))}
  esac
}
_reprise_valued() {
  case "$1" in
${rows(({ flags }) => valued(flags))}
  esac
}
_reprise_paths() {
  case "$1" in
${rows(({ flags }) => paths(flags))}
  esac
}
_reprise() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case " $(_reprise_valued "$path") " in *" $word "*) i=$((i + 1)); continue ;; esac
    case " $(_reprise_commands "$path") " in *" $word "*) path="\${path:+$path }$word" ;; esac
  done
  case " $(_reprise_paths "$path") " in *" $previous "*) COMPREPLY=($(compgen -f -- "$current")); return ;; esac
  case " $(_reprise_valued "$path") " in *" $previous "*) return ;; esac
  COMPREPLY=($(compgen -W "$(_reprise_words "$path")" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && [ "\${current#-}" = "$current" ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _reprise reprise
`;
}

/** zsh reads bash's completions. */
function zsh(tree: readonly CommandNode[]): string {
  return `# reprise completion zsh: put this into ~/.zshrc
autoload -Uz compinit bashcompinit && compinit -u && bashcompinit
${bash(tree).split("\n").slice(1).join("\n")}`;
}

function fish(tree: readonly CommandNode[]): string {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = tree.flatMap(({ path, commands, flags }) => {
    const condition = quote(`__reprise_at ${path}`.trim());
    return [
      ...commands.map(({ name, description }) => `complete -c reprise -n ${condition} -f -a ${name} -d ${quote(description)}`),
      ...flags.map(({ names, description, takesValue, isPath }) => {
        const spelled = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
        const value = !takesValue ? "" : isPath ? " -r -F" : " -x";
        return `complete -c reprise -n ${condition} ${spelled}${value} -d ${quote(description)}`;
      }),
    ];
  });
  return `# reprise completion fish: save as ~/.config/fish/completions/reprise.fish
function __reprise_at
  set -l path
  for word in (commandline -opc)[2..]
    switch "$path $word"
${tree
  .filter(({ path }) => path !== "")
  .map(({ path }) => {
    const words = path.split(" ");
    return `      case ${quote(`${words.slice(0, -1).join(" ")} ${words.at(-1) ?? ""}`)}\n        set -a path $word`;
  })
  .join("\n")}
    end
  end
  test "$path" = "$argv"
end
${lines.join("\n")}
`;
}

function powershell(tree: readonly CommandNode[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const list = (names: readonly string[]): string => `@(${names.map(quote).join(", ")})`;
  const rows = tree.map(
    ({ path, commands, flags }) =>
      `    ${quote(path)} = @{ Commands = ${list(commands.map(({ name }) => name))}; Flags = ${list(namesOf(flags))}; Valued = ${list(valued(flags))} }`,
  );
  return `# reprise completion powershell: put this into $PROFILE
Register-ArgumentCompleter -Native -CommandName reprise -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $tree = @{
${rows.join("\n")}
  }
  $path = ''
  $skip = $false
  $last = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
    $word = $element.ToString()
    $last = $word
    if ($skip) { $skip = $false; continue }
    if ($tree[$path].Valued -contains $word) { $skip = $true; continue }
    if ($tree[$path].Commands -contains $word) { $path = "$path $word".Trim() }
  }
  if ($tree[$path].Valued -contains $last) { return }
  $tree[$path].Commands + $tree[$path].Flags | Where-Object { $_ -like "$wordToComplete*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`;
}
