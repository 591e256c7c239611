/** Requests that no SDK client of ours makes, through the same pipeline. */
import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from "@azure/core-rest-pipeline";
import { z } from "zod";
import type { Answer } from "../control-plane.ts";
import { failureOf, refusalOf, unexpectedAnswer } from "./failures.ts";
import type { Transport } from "./pipeline.ts";

/** Throws what the pipeline throws when there is no answer. */
export function get(transport: Transport, url: string): Promise<PipelineResponse> {
  const request = createPipelineRequest({
    url,
    method: "GET",
    headers: createHttpHeaders({ accept: "application/json" }),
    allowInsecureConnection: transport.endpoint.loopback,
  });
  return transport.pipeline.sendRequest(transport.httpClient, request);
}

/** All pages of a list, `nextLink` by `nextLink`. `entry` reads one element; a page that is not of this shape is no answer. */
export async function getAllPages<T>(transport: Transport, path: string, entry: z.ZodType<T>): Promise<Answer<readonly T[]>> {
  const page = z.looseObject({ value: z.array(entry), nextLink: z.string().nullish() });
  const values: T[] = [];
  const seen = new Set<string>();
  try {
    for (let url: string | undefined = `${transport.endpoint.origin}${path}`; url !== undefined;) {
      if (seen.has(url)) return { ok: false, kind: "unreachable", message: `The list at ${path} names the same next page twice.` };
      seen.add(url);
      const response: PipelineResponse = await get(transport, url);
      if (response.status !== 200) return refusalOf(unexpectedAnswer(response.status, response.bodyAsText));
      const parsed = page.safeParse(parseBody(response));
      if (!parsed.success)
        return {
          ok: false,
          kind: "unreachable",
          status: 200,
          message: `The list at ${path} cannot be read: ${z.prettifyError(parsed.error)}`,
        };
      values.push(...parsed.data.value);
      url = parsed.data.nextLink || undefined;
    }
  } catch (error) {
    return refusalOf(failureOf(error));
  }
  return { ok: true, value: values };
}

/** The body as JSON, or undefined when it is none. */
export function parseBody(response: PipelineResponse): unknown {
  try {
    return JSON.parse(response.bodyAsText ?? "");
  } catch {
    return undefined;
  }
}
