/** Runs `work` for each input, so many at a time. */
export async function inLanes<T, R>(inputs: readonly T[], lanes: number, work: (input: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...inputs];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.push(await work(next));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
