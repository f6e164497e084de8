/** Events as text for people and as JSON for programs. */
import type { RecordedEvent } from '@eventstream/contracts';
import { cut } from '../terminal/print.ts';

const fromUtf8 = new TextDecoder();
const dataShownMax = 120;
const positionWidth = 6;
/** With a stream of ours and the first words of the data in one line. */
const wideEnough = 140;

/**
 * One line: position, time, type, stream and revision, and the beginning of the data. Where a terminal is not wide enough for
 * some data, stream and data stand in a second line: a stream is needed whole, to be asked for.
 */
export function eventLines(event: RecordedEvent, width = Number.POSITIVE_INFINITY): string {
  const when = `${String(event.position).padStart(positionWidth)}  ${new Date(event.recordedAtMs).toISOString()}`;
  const type = event.type.padEnd('ORDERS.paymentvoidrequested'.length);
  const what = `${event.stream} ${event.revision}  ${cut(printable(fromUtf8.decode(event.data)), dataShownMax)}`;
  const line = `${when}  ${type}  `;
  if (line.length + what.length <= width || width >= wideEnough) return cut(`${line}${what}`, width);
  const second = `${' '.repeat(positionWidth)}  ${what}`;
  return `${line.trimEnd()}\n${cut(second, width)}`;
}

/** Everything of the event. Data that is not JSON (another program wrote it) is given as text. */
export function eventJson(event: RecordedEvent): Readonly<Record<string, unknown>> {
  return {
    event_id: event.id,
    log: event.log,
    position: event.position,
    stream: event.stream,
    revision: event.revision,
    type: event.type,
    recorded_at: new Date(event.recordedAtMs).toISOString(),
    data: readData(fromUtf8.decode(event.data)),
    metadata: event.metadata,
  };
}

function readData(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Control characters could move the cursor or colour the terminal of whoever looks. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}
