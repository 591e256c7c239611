import { appSettings } from "./app-settings.ts";
import { runSettings } from "./run-settings.ts";

/** Every setting of the cloud part. The parser, the help text and the type of the result are made from this. */
export const settingsTable = { ...runSettings, ...appSettings };
