/** Shares one answer among all who ask at the same time, and for a while after: many pages cost what one costs. */

/** The work, done at most once in so many milliseconds. A rejection is not kept. */
export function onceWithin<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let kept: { readonly answer: Promise<T>; readonly untilMs: number } | undefined;
  return () => {
    if (kept !== undefined && performance.now() < kept.untilMs) return kept.answer;
    const answer = work();
    kept = { answer, untilMs: performance.now() + ms };
    answer.catch(() => {
      if (kept?.answer === answer) kept = undefined;
    });
    return answer;
  };
}
