/** `eventstream sagas`: what the coordinator has under way, one of them in full, or the definition as a picture. */
import { type OrderId, orderStream, ordersLog } from '@eventstream/contracts';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { CodedError } from '@eventstream/platform';
import type { Sql } from '@eventstream/platform/sql';
import { describeSaga, type SagaStatus, type SagaStore, sagaDiagram, sagaStatuses } from '@eventstream/saga';
import { sqlSagaStore } from '@eventstream/saga/sql';
import { Command } from 'commander';
import { withConnections } from '../connect/open.ts';
import { dataDirOption, systemAddresses } from '../connect/system-addresses.ts';
import { listOpen } from '../sagas/list-open.ts';
import { sagaDetails, sagaTable } from '../sagas/show-saga.ts';
import { durationArgument, oneOf, orderIdArgument, wholeNumber } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { widthOfResult } from '../terminal/wrap.ts';

interface ListOptions {
  readonly status?: SagaStatus;
  readonly stuck?: true;
  readonly olderThan?: number;
  readonly limit: number;
  readonly json?: true;
  readonly dataDir: string;
}

/** Its deadlines are those of each order's own events, so the defaults are only for the picture. */
const definition = fulfilment(fulfilmentDefaults);

/** The command, with its own commands. */
export function sagasCommand(): Command {
  return new Command('sagas')
    .description('list sagas by state and age, show one in full, or draw their definition')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(
      new Command('diagram')
        .description('print the definition as a Mermaid state diagram')
        .action(() => print(sagaDiagram(definition).trimEnd())),
    )
    .addHelpText(
      'after',
      more({
        examples: [
          'npx eventstream sagas --stuck',
          'npx eventstream sagas list --status running --older-than 10m',
          'npx eventstream sagas show 0198c0de-0000-7000-8000-000000000001',
        ],
      }),
    );
}

function listCommand(): Command {
  return new Command('list')
    .description(
      'list sagas that have not ended, those being undone first, or those of one status; unchanged for longest first',
    )
    .option('--status <status>', `only those that are ${sagaStatuses.join(', ')}`, oneOf(sagaStatuses))
    .option('--stuck', 'only those that need a person')
    .option('--older-than <duration>', 'only those unchanged for this long, such as 10m', durationArgument)
    .option('--limit <count>', 'show at most this many', wholeNumber(1, 1000), 50)
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'listed', 1: 'failed' } }))
    .action((options: ListOptions) =>
      withConnections(systemAddresses(options.dataDir, process.env), async (connections) => {
        const sql = connections.sql('workersdb', 'verifier');
        const { status, limit, stuck, olderThan: olderThanMs } = options;
        const store = sagaStore(sql);
        const { sagas, hasMore } = await (status === undefined
          ? listOpen(limit, (query) => store.list({ ...query, stuck, olderThanMs }))
          : store
              .list({ status, limit, stuck, olderThanMs })
              .then((page) => ({ sagas: page.sagas, hasMore: page.next !== undefined })));
        const described = sagas.map((entry) => describeSaga(definition, entry));
        if (options.json === true) printJson(described);
        else if (described.length === 0) note(nothingFound(options));
        else print(sagaTable(described, (await sql.now()).getTime(), widthOfResult()));
        if (hasMore) note(`There are more; --limit shows up to 1000.`);
      }),
    );
}

function nothingFound({ status, stuck, olderThan }: ListOptions): string {
  const isAsked = status !== undefined || stuck === true || olderThan !== undefined;
  return isAsked ? 'No sagas found.' : 'No saga is under way; --status shows those that ended.';
}

function showCommand(): Command {
  return new Command('show')
    .description('show what is done, under way and still to come, with deadlines')
    .argument('<order>', 'the id of its order', orderIdArgument)
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText('after', more({ exitCodes: { 0: 'shown', 1: 'no such saga, or failed' } }))
    .action((id: OrderId, options: { json?: true; dataDir: string }) =>
      withConnections(systemAddresses(options.dataDir, process.env), async (connections) => {
        const sql = connections.sql('workersdb', 'verifier');
        const entry = await sagaStore(sql).find(orderStream(id));
        if (entry === undefined)
          throw new CodedError('saga_unknown', `There is no saga of order ${id}.`, {
            nextStep: `A new one may not be there yet, an old one is forgotten: see \`npx eventstream events --order ${id}\`.`,
          });
        const described = describeSaga(definition, entry);
        if (options.json === true) printJson(described);
        else print(sagaDetails(described, (await sql.now()).getTime()));
      }),
    );
}

function sagaStore(sql: Sql): SagaStore {
  return sqlSagaStore({ sql, saga: definition.name, log: ordersLog });
}
