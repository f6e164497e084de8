/** The time, for ages and countdowns: one clock for the whole page, a tick a second. */
import { useSyncExternalStore } from 'react';

const tickMs = 1_000;
const readers = new Set<() => void>();
let nowMs = Date.now();
let timer: number | undefined;

function subscribe(read: () => void): () => void {
  readers.add(read);
  timer ??= window.setInterval(() => {
    nowMs = Date.now();
    for (const tell of readers) tell();
  }, tickMs);
  return () => {
    readers.delete(read);
    if (readers.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
