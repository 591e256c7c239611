// Loaded with --import: writes which modules the process loaded, one URL per line, to stderr at its end.
import { registerHooks } from "node:module";
import { writeSync } from "node:fs";

const urls = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});
process.on("exit", () => writeSync(2, `${urls.join("\n")}\n`));
