/** The page: the same for everybody and without data, so it needs no key. What it shows it asks for at `/api/runs`, which may want one. */
import { app } from "@azure/functions";
import { ANSWER_HEADERS, answering } from "./wiring/http.ts";

app.http("dashboard", {
  route: "dashboard",
  methods: ["GET"],
  authLevel: "anonymous",
  handler: answering(async () => {
    const { dashboardPage } = await import("../cloud/page/dashboard-page.ts");
    const { html, policy } = await dashboardPage();
    const headers = {
      ...ANSWER_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    };
    return { status: 200, headers, body: html };
  }),
});
