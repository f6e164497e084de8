/** Events as text for people and as JSON for programs. */
import type { RecordedEvent } from '@eventstream/contracts';

const fromUtf8 = new TextDecoder();
const dataShownMax = 120;

/** One line: position, time, type, stream and revision, and the beginning of the data. */
export function eventLine(event: RecordedEvent): string {
  const time = new Date(event.recordedAtMs).toISOString();
  const data = printable(fromUtf8.decode(event.data));
  const shown = data.length > dataShownMax ? `${data.slice(0, dataShownMax)}…` : data;
  const type = event.type.padEnd('ORDERS.paymentvoidrequested'.length);
  return `${String(event.position).padStart(6)}  ${time}  ${type}  ${event.stream} ${event.revision}  ${shown}`;
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
