/** What the page asks once; and the name of who acts, kept in this browser. */
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { SessionAnswer } from './answers.ts';
import { ask } from './ask.ts';

export function useSession(): SessionAnswer | undefined {
  return useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => ask<SessionAnswer>('/api/session', signal),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}

const key = 'operator';
const readers = new Set<() => void>();

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

/** The name the operator gave, if any. */
export function operatorName(): string | null {
  return localStorage.getItem(key);
}

/** An empty name takes it back: the console then names the user it runs as. */
export function keepOperatorName(name: string): void {
  const plain = name.trim();
  if (plain === '') localStorage.removeItem(key);
  else localStorage.setItem(key, plain);
  for (const read of readers) read();
}

/** Who acts. */
export function useOperator(): string {
  const own = useSyncExternalStore(subscribe, operatorName);
  const session = useSession();
  return own ?? session?.operator ?? '…';
}

/** For the body of a write. */
export function byOperator(): { by?: string } {
  const name = operatorName();
  return name === null ? {} : { by: name };
}
