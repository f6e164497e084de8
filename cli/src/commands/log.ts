/** `eventstream log`: the ways out when the store and the broker do not belong together any more. */
import { type LogName, logName, ordersLog } from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { importEvents, sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, type JetStreamLogCopy, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { importFromCopy } from '@eventstream/messaging/relay';
import { CodedError, messageOf, readSettings } from '@eventstream/platform';
import { copySettingsOf, streamSettings } from '@eventstream/service-kit/settings';
import { Command, InvalidArgumentError } from 'commander';
import { Type } from 'typebox';
import { type Connections, quietLogger, withConnections } from '../connect/open.ts';
import { dataDirOption, type SystemAddresses, systemAddresses } from '../connect/system-addresses.ts';
import { beginNewLife } from '../log/begin-new-life.ts';
import { confirm } from '../terminal/confirm.ts';
import { more } from '../terminal/help.ts';
import { note, print } from '../terminal/print.ts';
import { showProgress } from '../terminal/progress.ts';

interface LogOptions {
  readonly yes?: true;
  readonly dataDir: string;
}

const saga = fulfilment(fulfilmentDefaults).name;
const restart = 'Now start eventstream again (Ctrl-C, then `npm start`): whoever has halted looks anew.';

/** The command, with its own commands. */
export function logCommand(): Command {
  return new Command('log')
    .description('ways out after the store or the broker was restored from an older copy')
    .addCommand(
      changeCommand('import', 'the store is behind: bring the events it lost back from the broker').action(
        (log: LogName, options: LogOptions) => withCopy(log, options, importLog),
      ),
    )
    .addCommand(
      changeCommand(
        'new-incarnation',
        'the store is right: begin a new life of the log, which everyone then follows',
      ).action((log: LogName, options: LogOptions) => withCopy(log, options, newIncarnation)),
    )
    .addHelpText(
      'after',
      more({ says: ['What has halted says which of the two it needs: see `npx eventstream status`.'] }),
    );
}

function changeCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('[log]', 'the log', logArgument, ordersLog)
    .option('--yes', 'do not ask')
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'done', 1: 'refused, or failed; it may be given again' } }));
}

function logArgument(text: string): LogName {
  if (text === ordersLog) return logName(text);
  throw new InvalidArgumentError(`The log of this system is ${ordersLog}.`);
}

interface Surroundings {
  readonly log: LogName;
  readonly yes: boolean;
  readonly connections: Connections;
  readonly copy: JetStreamLogCopy;
}

function withCopy(log: LogName, options: LogOptions, work: (s: Surroundings) => Promise<void>): Promise<void> {
  const addresses = systemAddresses(options.dataDir, process.env);
  return withConnections(addresses, async (connections) => {
    const copy = await openCopy(addresses, connections, log);
    await work({ log, yes: options.yes === true, connections, copy });
  });
}

async function openCopy(addresses: SystemAddresses, connections: Connections, log: LogName): Promise<JetStreamLogCopy> {
  const url = addresses.natsUrl();
  const connection = await connectNats({
    url,
    name: 'eventstream log',
    logger: quietLogger,
    waitForServer: false,
  }).catch((cause: unknown) => {
    throw new CodedError('broker_unreachable', `nats-server does not answer: ${messageOf(cause)}`, {
      cause,
      nextStep: 'Start it; this needs both the store and the broker.',
    });
  });
  connections.closeLater(() => connection.close());
  const settings = copySettingsOf(readSettings(Type.Object(streamSettings), process.env));
  const copy = await openJetStreamLogCopy({ connection, log, settings });
  connections.closeLater(async () => copy.close());
  return copy;
}

async function importLog({ log, yes, connections, copy }: Surroundings): Promise<void> {
  const sql = connections.sql('eventstoredb', 'operator');
  const source = sqlEventStore({ sql, registry: { types: new Map() }, logger: quietLogger });
  connections.closeLater(() => source.close());
  const [head, state] = [await source.head(log), await copy.inspect()];
  const brokerHas = state.kind === 'ours' ? `${state.first} to ${state.last}` : 'no copy of it';
  await confirm(
    `Log ${log} ends at ${head.position} in the store; the broker has ${brokerHas}. ` +
      'Events that the store has lost are appended to it again, as they were; nothing is changed or removed.',
    { yes },
  );
  const progress = showProgress('importing');
  const { imported } = await importFromCopy({
    log,
    source,
    copy,
    importer: { importEvents: (_log, life, events) => importEvents(sql, life, events) },
    onProgress: (at, last) => progress.at(at, last),
  }).finally(() => progress.end());
  print(
    imported === 0
      ? 'The store has all that the broker has.'
      : `${imported} ${imported === 1 ? 'event was' : 'events were'} imported.`,
  );
  if (imported > 0) note(restart);
}

async function newIncarnation({ log, yes, connections, copy }: Surroundings): Promise<void> {
  await confirm(
    `The store's events of log ${log} are kept as they are and become the only truth. The broker's copy is deleted, with ` +
      'events that only the broker has, and made again; consumers, sagas and the read model begin at position 1.',
    { yes },
  );
  const progress = showProgress('rebuilding');
  const head = await beginNewLife({
    log,
    saga,
    eventstoredb: connections.sql('eventstoredb', 'operator'),
    ordersdb: connections.sql('ordersdb', 'operator'),
    workersdb: connections.sql('workersdb', 'operator'),
    copy,
    onStep: note,
    onRebuilt: (done, of) => progress.at(done, of),
  }).finally(() => progress.end());
  print(`Log ${log} is at ${head.position} in its new life ${head.incarnation}.`);
  note(restart);
}
