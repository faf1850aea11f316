/** What a body answers or throws, as a promise in both colours: `await expect(answerOf(() => …)).rejects.toThrow(…)`. */
export async function answerOf<T>(body: () => T): Promise<Awaited<T>> {
  return await body();
}
