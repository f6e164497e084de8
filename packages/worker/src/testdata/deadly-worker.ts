/** A worker as a process, whose handler does what the event's data says: it throws, or ends the process. Speaks to its parent. */
import { eventType, logName } from '@eventstream/contracts';
import { sqlEventStore } from '@eventstream/event-store/sql';
import { natsBroker } from '@eventstream/messaging/jetstream';
import { createLogger } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { done, type Handler } from '../handler.ts';
import { sqlWorkerLedger } from '../sql/index.ts';
import { createWorker } from '../worker.ts';

const [sqlUrl = '', natsUrl = '', logText = '', version = ''] = process.argv.slice(2);
const log = logName(logText);
const logger = createLogger({ service: 'test', level: 'silent' });
const sql = openSql({ url: sqlUrl, applicationName: 'deadly', maxConnections: 4, logger });

const handle: Handler = async (event) => {
  const text = Buffer.from(event.data).toString();
  if (version !== 'mended') {
    if (text.includes('die')) process.kill(process.pid, 'SIGKILL');
    if (text.includes('throw')) throw new TypeError('nobody foresaw this');
  }
  process.send?.({ handled: event.position });
  return done;
};

const nats = natsBroker({ url: natsUrl, name: 'deadly', logger });
await nats.start();
await createWorker({
  name: 'deadly',
  log,
  handlers: new Map([[eventType(`${log}.happened`), handle]]),
  consumers: nats.consumers,
  store: sqlEventStore({ sql, registry: { types: new Map() }, logger }),
  ledger: sqlWorkerLedger(sql),
  logger,
  limits: { tickMs: 50, ackWaitMs: 1_000, backoffFirstMs: 20, attemptsMax: 3, crashesMax: 3 },
}).start();
