#!/usr/bin/env node
// The version is checked before anything else is loaded: an older Node.js would fail inside some library with a text that helps nobody.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `reprise: needs Node.js 22.15 or newer, found ${process.version}. Inside the checkout, "npm exec -- reprise …" finds the one that npm ci installed.\n`,
  );
  process.exitCode = 2;
} else {
  const [{ main }, { EXIT, processTerminal }, { exemptLoopbackFromProxy }] = await Promise.all([
    import("./main.ts"),
    import("./terminal.ts"),
    import("./loopback.ts"),
  ]);
  exemptLoopbackFromProxy(process.env);
  const terminal = processTerminal();
  const code = await main(process.argv.slice(2), terminal);
  // Streams report what went wrong a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  const problem = terminal.outputProblem();
  if (problem !== undefined) terminal.err(`reprise: The output cannot be written: ${problem}\n`);
  process.exitCode = problem !== undefined && code === EXIT.ok ? EXIT.failed : code;
}
