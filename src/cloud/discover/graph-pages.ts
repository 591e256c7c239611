/**
 * Every page of one query over one scope. In: a way to ask for a page, the text, the scope. Out: rows as received, page by page, with notes on what
 * limits the answer. Pages are asked one after another: parallel ones would only use up the quota faster.
 */
import { GraphError, type GraphScope } from "../control-plane.ts";

/** Resource Graph takes up to 1,000 subscriptions and advises groups of fewer than 300 (guidance-for-throttled-requests). */
const SUBSCRIPTIONS_PER_GROUP = 200;

export interface GraphQuestion {
  readonly query: string;
  /** Undefined: the whole tenant. */
  readonly subscriptions?: readonly string[];
  readonly managementGroup?: string;
  readonly skipToken?: string;
}

export interface GraphPage {
  readonly rows: readonly unknown[];
  readonly totalRecords?: number;
  readonly truncated: boolean;
  readonly skipToken?: string;
  /** The tenant has more subscriptions than one query covers. */
  readonly subscriptionLimitHit: boolean;
}

/** Throws `GraphError` for an answer that is none. */
export type AskGraph = (question: GraphQuestion) => Promise<GraphPage>;

export async function* graphPages(
  ask: AskGraph,
  query: string,
  scope: GraphScope,
): AsyncGenerator<{ readonly rows: readonly unknown[]; readonly notes: readonly string[] }> {
  const groups = questionsOf(query, scope);
  let unseen: GraphError | undefined;
  let answered = 0;
  for (const [index, group] of groups.entries()) {
    try {
      yield* pagesOfGroup(ask, group);
      answered++;
    } catch (error) {
      // A group of which nothing may be read is an error to the service, while one with a single readable subscription is not.
      if (!(error instanceof GraphError) || error.code !== "GRAPH_NO_SUBSCRIPTION") throw error;
      unseen = error;
      if (groups.length > 1) yield { rows: [], notes: [`Group ${index + 1} of ${groups.length}: ${error.message}`] };
    }
  }
  if (answered === 0 && unseen !== undefined) throw unseen;
}

async function* pagesOfGroup(
  ask: AskGraph,
  question: GraphQuestion,
): AsyncGenerator<{ rows: readonly unknown[]; notes: readonly string[] }> {
  const tokens = new Set<string>();
  const said = new Set<string>();
  let skipToken: string | undefined;
  let received = 0;
  do {
    const page = await ask({ ...question, ...(skipToken !== undefined && { skipToken }) });
    received += page.rows.length;
    skipToken = page.skipToken;
    if (page.truncated && skipToken === undefined) {
      throw new GraphError(
        "GRAPH_TRUNCATED",
        `Resource Graph cut its answer after ${received} of ${page.totalRecords ?? "more"} rows and gave no token for the rest. Nothing was decided on a part; ask over fewer subscriptions.`,
      );
    }
    if (skipToken !== undefined && tokens.has(skipToken)) {
      throw new GraphError(
        "GRAPH_TRUNCATED",
        `Resource Graph gave the same page token twice after ${received} rows: the rest cannot be read. Start the run again.`,
      );
    }
    if (skipToken !== undefined) tokens.add(skipToken);
    const notes = notesOf(page, received).filter((note) => !said.has(note));
    for (const note of notes) said.add(note);
    yield { rows: page.rows, notes };
  } while (skipToken !== undefined);
}

function notesOf(page: GraphPage, received: number): string[] {
  const notes: string[] = [];
  if (page.subscriptionLimitHit) {
    notes.push(
      "The tenant has more subscriptions than one Resource Graph query covers: rows are missing. Name subscriptions or a management group.",
    );
  }
  if (page.skipToken === undefined && page.totalRecords !== undefined && page.totalRecords > received) {
    notes.push(`Resource Graph announced ${page.totalRecords} rows and gave ${received}.`);
  }
  return notes;
}

function questionsOf(query: string, scope: GraphScope): GraphQuestion[] {
  const subscriptions = [...new Map((scope.subscriptions ?? []).map((id) => [id.toLowerCase(), id])).values()];
  if (subscriptions.length === 0)
    return [{ query, ...(scope.managementGroup !== undefined && { managementGroup: scope.managementGroup }) }];
  const groups: GraphQuestion[] = [];
  for (let first = 0; first < subscriptions.length; first += SUBSCRIPTIONS_PER_GROUP) {
    groups.push({ query, subscriptions: subscriptions.slice(first, first + SUBSCRIPTIONS_PER_GROUP) });
  }
  return groups;
}
