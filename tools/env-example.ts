// Writes .env.example from the schemas that the processes really read their settings with (`npm run env:example`).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commonSettings, describeSettings, type SettingDescription } from '@eventstream/platform';
import type { TObject } from 'typebox';
import { settings as bootstrapper } from '../services/bootstrapper/src/config.ts';
import { settings as console } from '../services/console/src/config.ts';
import { settings as eventstoresvc } from '../services/eventstoresvc/src/config.ts';
import { ordersSettings as ordersvc } from '../services/ordersvc/src/config.ts';
import { settings as paymentgateway } from '../services/paymentgateway/src/config.ts';
import { settings as paymentworker } from '../services/paymentworker/src/config.ts';
import { settings as querymodelworker } from '../services/querymodelworker/src/config.ts';
import { settings as reviewworker } from '../services/reviewworker/src/config.ts';
import { settings as sagacoordinator } from '../services/sagacoordinator/src/config.ts';

/** Where the file lies. */
export const envExampleFile = join(import.meta.dirname, '..', '.env.example');

const everyProcess = 'every process';
/** Who reads which settings, in the order in which they are shown. */
const readers: readonly (readonly [reader: string, schema: TObject])[] = [
  [everyProcess, commonSettings],
  ...Object.entries({
    bootstrapper,
    eventstoresvc,
    ordersvc,
    paymentgateway,
    paymentworker,
    reviewworker,
    sagacoordinator,
    querymodelworker,
    console,
  }),
];

/** What the command line reads by itself: where servers are that it shall not start, and what it starts them with. */
const ofCommandLine: Readonly<Record<string, string>> = {
  SQL_URL:
    'Your own SQL server, as the base of all four databases, with a user who may create databases and roles; without it PostgreSQL is started. Set ROLE_PASSWORDS too',
  NATS_SERVER_BIN: 'The nats-server program to start; without it one is looked for, and fetched when there is none',
  NATS_SERVER_MIRROR: 'Where nats-server is downloaded from instead of its releases page; checksums stay the same',
};

/** One setting as somebody reads it. */
interface Reading extends SettingDescription {
  readonly reader: string;
}

/** The readings of every setting, by name. The bootstrapper is no server: what it shares with all is theirs. */
export function readingsByName(): ReadonlyMap<string, readonly Reading[]> {
  const all = readers.flatMap(([reader, schema]) =>
    describeSettings(schema).map((setting): Reading => ({ ...setting, reader })),
  );
  const common = new Set(Object.keys(commonSettings.properties));
  const shown = all.filter(({ name, reader }) => reader === everyProcess || !common.has(name));
  return Map.groupBy(shown, ({ name }) => name);
}

/** The whole file. */
export function envExample(): string {
  const names = Object.entries(ofCommandLine).map(
    ([name, text]) => `# ${text}.\n#   read by: the command line\n# ${name}=\n`,
  );
  return [
    '# Every setting, with its default. Written by `npm run env:example` from the schemas in each config.ts: change it there.',
    '# Nothing here has to be set for `npm start`. Settings are read from the environment; all faults are reported at once.',
    '# A copy of this file called .env, beside it, is read by `npm start` and every command; what the environment says goes before it.',
    '# Uncomment only what you change. With SQL_URL or the …DB_URL, and with NATS_URL, whatever their value, `npm start` starts no such',
    '# server of its own; an empty text counts as not set. ORDERS_URL, EVENTSTORE_ADDRESS and GATEWAY_URL do not move with --ports.\n',
    ...names,
    ...[...readingsByName().values()].map(paragraph),
  ].join('\n');
}

function paragraph(readings: readonly Reading[]): string {
  const [first] = readings;
  if (first === undefined) return '';
  const texts = [...Map.groupBy(readings, ({ description }) => description)].map(([description, by], _, all) =>
    all.length === 1 ? `# ${description}.` : `# ${by.map(({ reader }) => reader).join(', ')}: ${description}.`,
  );
  const needed = readings.some(({ required }) => required) ? ' (required; `npm start` sets it itself)' : '';
  return [
    ...texts,
    `#   read by: ${readings.map(({ reader }) => reader).join(', ')}${needed}`,
    `#   allowed: ${first.allowed}`,
    `# ${first.name}=${first.default ?? ''}\n`,
  ].join('\n');
}

if (process.argv.includes('--write')) writeFileSync(envExampleFile, envExample());
