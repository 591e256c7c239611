import { funcVersion } from "./func-host.ts";

/** Runs once before the suite. */
export function setup(): void {
  const version = funcVersion();
  process.stdout.write(
    version === undefined
      ? "SKIPPED: func (Azure Functions Core Tools 4) is not on the PATH; only the package is tested\n"
      : `Azure Functions Core Tools ${version}\n`,
  );
}
