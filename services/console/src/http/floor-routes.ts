/** The floor, once and live. */
import type { EventStreams, HttpApp } from '@eventstream/service-kit/http';
import type { Floor, FloorHistory } from '../api/floor.ts';
import type { FloorCollector } from '../floor/collector.ts';

type Sent =
  | { readonly event: 'history'; readonly data: FloorHistory }
  | { readonly event: 'floor'; readonly data: Floor };

/** Adds the routes. */
export function floorRoutes(
  app: HttpApp,
  { collector, streams }: { collector: FloorCollector; streams: EventStreams },
): void {
  app.get('/api/floor', async () => collector.now());
  app.get('/api/floor/stream', { exposeHeadRoute: false }, async (_request, reply) =>
    streams.send(reply, historyThenFloors(collector), ({ event, data }) => ({
      id: event === 'floor' ? String(data.atMs) : '0',
      event,
      data,
    })),
  );
}

function historyThenFloors(collector: FloorCollector): AsyncIterable<Sent> {
  return {
    [Symbol.asyncIterator]() {
      const floors = collector.floors()[Symbol.asyncIterator]();
      let hasBegun = false;
      return {
        async next(): Promise<IteratorResult<Sent>> {
          if (!hasBegun) {
            hasBegun = true;
            return { done: false, value: { event: 'history', data: { points: [...collector.history] } } };
          }
          const next = await floors.next();
          if (next.done === true) return { done: true, value: undefined };
          return { done: false, value: { event: 'floor', data: next.value } };
        },
        async return(): Promise<IteratorResult<Sent>> {
          await floors.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
