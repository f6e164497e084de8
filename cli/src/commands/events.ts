/** `eventstream events`: reads a log or one stream, from either end, or follows it as it grows. */
import {
  type EventType,
  nowhere,
  type OrderId,
  orderStream,
  ordersLog,
  type Position,
  position,
  type RecordedEvent,
  type StreamName,
  streamName,
} from '@eventstream/contracts';
import { type EventStore, type LogFilter, loadStream, pageEventsMax } from '@eventstream/event-store';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Connections, withConnections } from '../connect/open.ts';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { eventJson, eventLines } from '../orders/show-event.ts';
import { eventTypesArgument, orderIdArgument, positionArgument, wholeNumber } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { widthOfResult } from '../terminal/wrap.ts';

/** What is asked for. */
export interface EventsOptions {
  readonly stream?: StreamName;
  readonly order?: OrderId;
  readonly after?: Position;
  readonly type?: readonly EventType[];
  readonly limit?: number;
  readonly backwards?: true;
  readonly follow?: true;
  readonly json?: true;
  readonly dataDir: string;
}

const limitByDefault = 100;
/** How many of the last events a follower sees first, as `tail -f` shows its last lines. */
const shownBeforeFollowing = 10;

/** The command. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('read the log, or one stream of it; follow it with -f')
    .option('-f, --follow', 'show the newest (or all after --after), then each new one as it is recorded, until Ctrl-C')
    .addOption(new Option('--order <id>', 'only those of this order').argParser(orderIdArgument).conflicts('stream'))
    .option('--stream <name>', 'only those of this stream, such as order-<id>', streamArgument)
    .option('--type <type>', 'only those of this type, such as created (may be repeated)', eventTypesArgument)
    .option('--after <position>', 'only those after this position, such as 123 or ORDERS:123', positionArgument)
    .option(
      '--limit <count>',
      `show at most this many (default: ${limitByDefault}; with -f: no limit)`,
      wholeNumber(1, 1_000_000),
    )
    .addOption(new Option('--backwards', 'newest first').conflicts(['follow', 'after']))
    .option('--json', 'print JSON, for programs: one object per line')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      more({
        examples: [
          'npx eventstream events --backwards --limit 20',
          'npx eventstream events -f --type cancelled --json',
        ],
        exitCodes: { 0: 'shown', 1: 'failed' },
      }),
    )
    .action((options: EventsOptions) =>
      withConnections(systemAddresses(options.dataDir, process.env), (connections) => events(options, connections)),
    );
}

function streamArgument(text: string): StreamName {
  try {
    return streamName(text);
  } catch {
    throw new InvalidArgumentError('It must be the name of a stream, such as order-<id>.');
  }
}

async function events(options: EventsOptions, connections: Connections): Promise<void> {
  const show = (event: RecordedEvent): void =>
    options.json === true ? printJson(eventJson(event)) : print(eventLines(event, widthOfResult()));
  let shown = 0;
  for await (const event of selectEvents(connections.eventStore(), options, untilSignal())) {
    show(event);
    shown += 1;
  }
  if (shown === 0) note('No events found.');
}

/** Aborted at the first Ctrl-C: that is how following ends well. */
function untilSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}

/** The events that were asked for, in the order that was asked for. Bounded memory, except for one stream. */
export async function* selectEvents(
  store: EventStore,
  options: EventsOptions,
  signal: AbortSignal,
): AsyncGenerator<RecordedEvent> {
  const limit = options.limit ?? (options.follow === true ? Number.POSITIVE_INFINITY : limitByDefault);
  let left = limit;
  for await (const event of source(store, options, signal)) {
    if (signal.aborted) return;
    yield event;
    left -= 1;
    if (left === 0) return;
  }
}

function source(store: EventStore, options: EventsOptions, signal: AbortSignal): AsyncIterable<RecordedEvent> {
  const stream = options.order === undefined ? options.stream : orderStream(options.order);
  const filter: LogFilter = { types: options.type, streamPrefix: stream };
  const isWanted = (event: RecordedEvent): boolean => stream === undefined || event.stream === stream;
  const { after } = options;
  if (options.follow === true) return follow(store, { filter, isWanted, after }, signal);
  if (stream !== undefined) return readStream(store, stream, options);
  return options.backwards === true
    ? readBackwards(store, filter)
    : readLog(store, filter, { after: after ?? nowhere, upTo: Number.POSITIVE_INFINITY });
}

async function* follow(
  store: EventStore,
  o: {
    readonly filter: LogFilter;
    readonly isWanted: (event: RecordedEvent) => boolean;
    readonly after: Position | undefined;
  },
  signal: AbortSignal,
): AsyncGenerator<RecordedEvent> {
  const start = o.after ?? position(Math.max(0, (await store.head(ordersLog)).position - shownBeforeFollowing));
  for await (const page of store.subscribe(ordersLog, start, { ...o.filter, signal })) {
    yield* page.events.filter(o.isWanted);
  }
}

/** One stream is one order's life, so it is read whole; types and position are chosen here. */
async function* readStream(
  store: EventStore,
  stream: StreamName,
  { type, after = nowhere, backwards }: EventsOptions,
): AsyncGenerator<RecordedEvent> {
  const all = await loadStream(store, ordersLog, stream);
  const wanted = all.filter((event) => event.position > after && (type?.includes(event.type) ?? true));
  yield* backwards === true ? wanted.toReversed() : wanted;
}

async function* readLog(
  store: EventStore,
  filter: LogFilter,
  { after, upTo }: { readonly after: Position; readonly upTo: number },
): AsyncGenerator<RecordedEvent> {
  let at = after;
  for (;;) {
    const page = await store.readLog(ordersLog, at, { ...filter, limit: pageEventsMax });
    yield* page.events.filter((event) => event.position <= upTo);
    if (page.scannedTo >= Math.min(upTo, page.head)) return;
    at = page.scannedTo;
  }
}

/** Stretches of the log from its end to its beginning, each turned round. */
async function* readBackwards(store: EventStore, filter: LogFilter): AsyncGenerator<RecordedEvent> {
  let upTo = (await store.head(ordersLog)).position;
  while (upTo > 0) {
    const after = position(Math.max(0, upTo - pageEventsMax));
    const stretch: RecordedEvent[] = [];
    for await (const event of readLog(store, filter, { after, upTo })) stretch.push(event);
    yield* stretch.toReversed();
    upTo = after;
  }
}
