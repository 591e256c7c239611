/** Tells whether the app is up and its settings are right; no key, and nothing that is worth knowing to a stranger. */
import { app } from "@azure/functions";
import { openStore } from "./wiring/dependencies.ts";
import { answering, json } from "./wiring/http.ts";

app.http("health", {
  route: "health",
  methods: ["GET"],
  authLevel: "anonymous",
  handler: answering(async (_request, context) => {
    try {
      await openStore();
      return json(200, { status: "ok" });
    } catch (error) {
      context.error(error instanceof Error ? error.message : String(error));
      return json(503, { status: "wrong settings" });
    }
  }),
});
