import { describe, expect, it } from "vitest";
import { errorCode, html, type Markup, name, prose } from "../../../src/cloud/report/markup.ts";

describe("markup", () => {
  it("escapes every value, in text and in attributes, and shows what hides", () => {
    const value = `<a href="x">&'\u202E`;
    expect(html`<p title="${value}">${value}</p>`.source).toBe(
      `<p title="&lt;a href=&quot;x&quot;&gt;&amp;&#39;[U+202E]">&lt;a href=&quot;x&quot;&gt;&amp;&#39;[U+202E]</p>`,
    );
  });

  it("keeps what came out of a template, lists and numbers; leaves out what is absent", () => {
    expect(html`<b>${["<", html`<i>${1}</i>`]}${undefined}${false}</b>`.source).toBe("<b>&lt;<i>1</i></b>");
  });

  it("does not take an object for markup because it looks like it", () => {
    const forged = JSON.parse(`{"source":"<script>"}`) as Markup;
    expect(() => html`<p>${forged}</p>`).toThrow("Markup has to come from a template.");
  });

  it("sets names by their own direction, and lets codes break between words", () => {
    expect(name("שרת").source).toBe("<bdi>שרת</bdi>");
    expect(errorCode("UserErrorVmGone").source.replaceAll(/\s/gu, "")).toBe("<code><bdi>User<wbr/>Error<wbr/>Vm<wbr/>Gone</bdi></code>");
  });

  it("sets commands between backticks as code, with the blanks around them, and leaves a lone backtick alone", () => {
    expect(prose("Run `a <b>` now; `c").source).toBe("<bdi>Run <code>a &lt;b&gt;</code> now; `c</bdi>");
  });
});
