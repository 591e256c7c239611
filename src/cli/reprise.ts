#!/usr/bin/env node
// The version is checked before anything else is loaded: an older Node.js would fail inside some library with a text that helps nobody.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `reprise: needs Node.js 22.15 or newer, found ${process.version}. Inside the checkout, "npm exec -- reprise …" finds the one that npm ci installed.\n`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
