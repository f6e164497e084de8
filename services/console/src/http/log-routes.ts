/** The log and its streams: pages, and live. */
import { type EventType, type LogName, orderEventTypes, streamName } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { EventStreams, HttpApp, ServerSentEvent } from '@eventstream/service-kit/http';
import { Type } from 'typebox';
import { browseLog, browseStream } from '../log/browse-log.ts';
import { eventAnswer } from '../log/event-answer.ts';
import type { LogTail, TailPage } from '../log/log-tail.ts';

/** What the routes read. */
export interface LogParts {
  readonly store: EventReader;
  readonly log: LogName;
  readonly tail: LogTail;
}

const allTypes: readonly EventType[] = Object.values(orderEventTypes);

const stream = Type.String({
  pattern: '^[a-z][a-z0-9]*-[A-Za-z0-9._-]{1,100}$',
  allowed: 'the name of a stream, such as order-01a222c8-a6f9-747d-ab62-36056343f2d2',
});
const types = Type.String({
  pattern: '^[A-Z0-9_]+\\.[a-z0-9]+(,[A-Z0-9_]+\\.[a-z0-9]+)*$',
  maxLength: 600,
  allowed: 'event types with commas between them, such as ORDERS.created,ORDERS.approved',
});
const pageQuery = Type.Object(
  {
    direction: Type.Optional(Type.Enum(['forwards', 'backwards'])),
    from: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', allowed: 'a position, such as 123' })),
    limit: Type.Optional(
      Type.String({ pattern: '^([1-9][0-9]?|1[0-9]{2}|200)$', allowed: 'a whole number from 1 to 200' }),
    ),
    types: Type.Optional(types),
    stream: Type.Optional(stream),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function logRoutes(app: HttpApp, { store, log, tail, streams }: LogParts & { streams: EventStreams }): void {
  app.get('/api/log/types', () => ({ types: [...allTypes] }));
  app.get('/api/log', { schema: { querystring: pageQuery } }, (request) => {
    const { direction = 'backwards', from, limit = '50', types: wanted, stream: name } = request.query;
    const wish = { direction, from: from === undefined ? undefined : Number(from), limit: Number(limit) };
    return name === undefined
      ? browseLog(store, log, { ...wish, types: typesIn(wanted) })
      : browseStream(store, { log, stream: streamName(name) }, wish);
  });
  const liveQuery = Type.Object(
    { types: Type.Optional(types), stream: Type.Optional(stream) },
    { additionalProperties: false },
  );
  app.get('/api/log/stream', { exposeHeadRoute: false, schema: { querystring: liveQuery } }, (request, reply) => {
    const wanted = typesIn(request.query.types);
    const { stream: name } = request.query;
    return streams.send(reply, messages(tail, { types: wanted, stream: name }), (message) => message);
  });
}

/** The types of a list that exist; undefined: all. */
function typesIn(list: string | undefined): readonly EventType[] | undefined {
  if (list === undefined) return undefined;
  const wanted = new Set(list.split(','));
  return allTypes.filter((type) => wanted.has(type));
}

interface Filter {
  readonly types: readonly EventType[] | undefined;
  readonly stream: string | undefined;
}

async function* messages(tail: LogTail, filter: Filter): AsyncGenerator<ServerSentEvent> {
  for await (const news of tail.news()) {
    if (!('begunAfter' in news)) yield* messagesOf(news, filter);
    else yield { id: String(news.begunAfter), event: 'begun', data: { after: news.begunAfter } };
  }
}

function* messagesOf(
  { skippedAfter, events, to }: TailPage,
  { types: wanted, stream: name }: Filter,
): Generator<ServerSentEvent> {
  if (skippedAfter !== null) {
    const first = events[0]?.position ?? to;
    yield { id: String(first - 1), event: 'skipped', data: { after: skippedAfter, to: first - 1 } };
  }
  for (const event of events) {
    if (wanted !== undefined && !wanted.includes(event.type)) continue;
    if (name !== undefined && event.stream !== name) continue;
    yield { id: String(event.position), event: 'recorded', data: eventAnswer(event) };
  }
}
