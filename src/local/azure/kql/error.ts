/** What Resource Graph (or this simulator) refuses in a query. `detail` is the code of the answer's second detail. */
export class KqlError extends Error {
  override readonly name = "KqlError";
  readonly detail: "ParserFailure" | "InvalidQuery" | "NotImitatedBySimulator";

  constructor(detail: KqlError["detail"], message: string) {
    super(message);
    this.detail = detail;
  }
}
