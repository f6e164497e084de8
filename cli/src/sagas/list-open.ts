/** The sagas that somebody may have to look at: the ended ones are many, and the oldest of them stood before these. */
import type { SagaStatus } from '@eventstream/saga';

interface Page<Saga> {
  readonly sagas: readonly Saga[];
  readonly next?: string;
}

/** Those that have not ended, at most so many: first the ones that are being undone, for money waits there. */
export async function listOpen<Saga>(
  limit: number,
  list: (query: { readonly status: SagaStatus; readonly limit: number }) => Promise<Page<Saga>>,
): Promise<{ readonly sagas: readonly Saga[]; readonly hasMore: boolean }> {
  const undoing = await list({ status: 'undoing', limit });
  if (undoing.next !== undefined) return { sagas: undoing.sagas, hasMore: true };
  const left = limit - undoing.sagas.length;
  const running = await list({ status: 'running', limit: Math.max(1, left) });
  const shown = running.sagas.slice(0, left);
  return {
    sagas: [...undoing.sagas, ...shown],
    hasMore: running.next !== undefined || shown.length < running.sagas.length,
  };
}
