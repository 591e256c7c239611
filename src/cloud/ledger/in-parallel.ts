/** Reads of the run store are short and many: so many of them go at once. */
const AT_ONCE = 32;

/** The results in the order of the items. Fails at the first failure. */
export async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(run))));
  return results;
}
