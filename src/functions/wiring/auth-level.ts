/**
 * Who may call the data routes. `function`: whoever has a key of the app (the default, so that an app that was deployed in a hurry is closed).
 * `anonymous`: the platform's sign-in stands in front. Read once, when the functions are registered.
 */
import { parseAuthLevel } from "../../settings/auth-level.ts";

export const authLevel = parseAuthLevel(process.env);
