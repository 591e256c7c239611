/** An instance that is taken away sends what it has still to tell; the platform waits for it, and it waits for two seconds at most. */
import { app } from "@azure/functions";
import { release } from "./wiring/dependencies.ts";

app.hook.appTerminate(release);
