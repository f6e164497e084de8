/** What the page remembers of answers, and how it asks again. */
import { QueryClient } from '@tanstack/react-query';
import { Refusal } from './ask.ts';

const freshMs = 2_000;
const rememberedMs = 5 * 60_000;
const askAgainMsMax = 10_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: freshMs,
      gcTime: rememberedMs,
      // Only silence is asked again: a refusal says the same the second time.
      retry: (failures, error) => error instanceof Refusal && error.code === 'unreachable' && failures < 5,
      retryDelay: (failures) => Math.min(500 * 2 ** failures, askAgainMsMax),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
