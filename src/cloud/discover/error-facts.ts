/** Error details of both providers as `ErrorFacts`: the first one says why, later ones repeat it for parts. */
import { z } from "zod";
import type { ErrorFacts } from "../../policy/job.ts";
import { optionalText } from "./row-values.ts";

const text = optionalText.catch(undefined);
const advice = z
  .unknown()
  .optional()
  .transform((value) => (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === "string" && each !== ""));

const detail = z.looseObject({
  errorCode: text,
  code: text,
  errorString: text,
  errorTitle: text,
  message: text,
  recommendations: advice,
  recommendedAction: advice,
});

/** An array, one object, or either as JSON text. What cannot be read gives nothing: the job itself still counts. */
export function errorFactsOf(details: unknown, symbolOutside: string | undefined): ErrorFacts | undefined {
  const list = fromJsonText(details);
  const first = detail.safeParse(Array.isArray(list) ? list[0] : list).data;
  const code = first?.errorCode ?? first?.code;
  const isNumber = code !== undefined && /^-?\d+$/.test(code);
  // Only the error of a job has number and symbol apart; other errors have a symbolic code.
  const symbol = symbolOutside ?? (isNumber ? undefined : code);
  const text = first?.errorString ?? first?.message ?? first?.errorTitle;
  const recommendations = [...(first?.recommendations ?? []), ...(first?.recommendedAction ?? [])];
  if (symbol === undefined && code === undefined && text === undefined && recommendations.length === 0) return undefined;
  return {
    ...(symbol !== undefined && { symbol }),
    ...(isNumber && { number: Number(code) }),
    ...(text !== undefined && { text }),
    ...(recommendations.length > 0 && { recommendations }),
  };
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
