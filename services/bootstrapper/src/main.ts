/** Runs once: databases, tables, roles, the log, and its copy at the broker. Says what it made and what differs. */
import { type LogHead, ordersLog } from '@eventstream/contracts';
import { createLog } from '@eventstream/event-store/sql';
import { createLogger, type Logger, readSettings, SettingsError } from '@eventstream/platform';
import { openSql } from '@eventstream/platform/sql';
import { copySettingsOf } from '@eventstream/service-kit/settings';
import { settings } from './config.ts';
import { placeOf } from './database-place.ts';
import { databasePlans } from './databases.ts';
import { explainFailure } from './explain-failure.ts';
import { readPasswords } from './role-passwords.ts';
import { bootstrapSql } from './sql-bootstrap.ts';
import { bootstrapStream } from './stream-bootstrap.ts';

/** Exit codes, as the README says. */
const exit = { asWanted: 0, failed: 1, badSettings: 2, differs: 3 } as const;

const logDatabase = { name: 'eventstoredb', setting: 'EVENTSTOREDB_URL' } as const;

async function bootstrap(): Promise<number> {
  const setting = readSettings(settings, process.env);
  const logger = createLogger({ service: 'bootstrapper', level: setting.LOG_LEVEL });
  const where = { adminUrl: setting.ADMIN_SQL_URL, addresses: setting };
  const passwords = readPasswords(setting.ROLE_PASSWORDS);
  const made = await bootstrapSql({ ...where, plans: databasePlans, passwords, logger });
  logger.info(made, 'databases are as wanted');

  const head = await ensureLog(placeOf(logDatabase, where).url, logger);
  const stream = await bootstrapStream({
    natsUrl: setting.NATS_URL,
    head,
    settings: copySettingsOf(setting),
    logger,
  });
  for (const drift of stream.drifts)
    logger.warn(drift, `the JetStream stream's ${drift.field} differs: ${drift.nextStep}`);
  logger.info(
    { log: head.log, position: head.position, incarnation: head.incarnation, streamCreated: stream.created },
    'the log is ready',
  );
  return stream.drifts.length === 0 ? exit.asWanted : exit.differs;
}

async function ensureLog(url: string, logger: Logger): Promise<LogHead> {
  const sql = openSql({ url, applicationName: 'bootstrapper', maxConnections: 1, logger });
  try {
    return await createLog(sql, ordersLog);
  } finally {
    await sql.close();
  }
}

try {
  process.exitCode = await bootstrap();
} catch (error) {
  process.stderr.write(`bootstrapper: ${explainFailure(error)}\n`);
  process.exitCode = error instanceof SettingsError ? exit.badSettings : exit.failed;
}
