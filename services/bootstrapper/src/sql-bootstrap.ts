/**
 * Makes databases, schemas, roles and rights. Idempotent, and safe when twenty run at once: whoever loses a race finds
 * the thing made, and that is what it wanted.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { CodedError, codeOf, type Logger, messageOf } from '@eventstream/platform';
import { faultOf, migrate, openSql, type Sql } from '@eventstream/platform/sql';
import { anyText, refuseOtherEncodings } from './database-encoding.ts';
import { type DatabasePlace, type GivenAddresses, placeOf } from './database-place.ts';
import { type DatabasePlan, roleNames } from './databases.ts';
import { refuseRemovedTables } from './removed-tables.ts';
import { settingsOfRole } from './role-settings.ts';

/** Who may do it, and the passwords the roles are to have. Without passwords no roles are made. */
export interface SqlBootstrapOptions {
  readonly adminUrl: string;
  readonly plans: readonly DatabasePlan[];
  /** Of databases that are not under their own names on the administrator's server. */
  readonly addresses?: GivenAddresses;
  readonly passwords: Readonly<Record<string, string>> | undefined;
  readonly logger: Logger;
}

/** What was found missing and made. */
export interface SqlBootstrapReport {
  readonly databasesCreated: readonly string[];
  readonly rolesCreated: readonly string[];
  readonly migrationsApplied: number;
}

const duplicateDatabase = '42P04';
const duplicateObject = '42710';
const uniqueViolation = '23505';
const internalError = 'XX000';

/** Makes everything SQL needs; returns what it had to make. */
export async function bootstrapSql(options: SqlBootstrapOptions): Promise<SqlBootstrapReport> {
  const places = options.plans.map((plan) => ({ plan, place: placeOf(plan, options) }));
  if (options.passwords) refuseOtherServers(places);
  const admin = openSql({
    url: options.adminUrl,
    applicationName: 'bootstrapper',
    maxConnections: 1,
    logger: options.logger,
  });
  try {
    const databasesCreated = await createDatabases(
      admin,
      new Set(places.flatMap(({ place }) => (place.isAdministrators ? place.name : []))),
    );
    const rolesCreated = options.passwords ? await createRoles(admin, options.passwords) : [];
    let migrationsApplied = 0;
    for (const { plan, place } of places) migrationsApplied += await fill(plan, place, options);
    return { databasesCreated, rolesCreated, migrationsApplied };
  } finally {
    await admin.close();
  }
}

/** Roles belong to a server, and only the administrator's is known to be ours to change. */
function refuseOtherServers(places: readonly { readonly plan: DatabasePlan; readonly place: DatabasePlace }[]): void {
  const other = places.find(({ place }) => !place.isAdministrators);
  if (other === undefined) return;
  const { setting } = other.plan;
  throw new CodedError('database_on_other_server', `${setting} leads to another server than ADMIN_SQL_URL`, {
    details: { setting },
    nextStep: 'unset ROLE_PASSWORDS and name a role of your own in each address, or keep all databases on that server',
  });
}

async function createDatabases(admin: Sql, names: ReadonlySet<string>): Promise<string[]> {
  const created: string[] = [];
  for (const name of names) {
    const found = await admin.query('select 1 from pg_database where datname = $1', [name]);
    if (found.length > 0) continue;
    if (
      await unlessMadeMeanwhile(
        () => admin.execute(`create database "${name.replaceAll('"', '""')}" ${anyText[admin.dialect]}`),
        [duplicateDatabase, uniqueViolation],
      )
    )
      created.push(name);
  }
  return created;
}

async function createRoles(admin: Sql, passwords: Readonly<Record<string, string>>): Promise<string[]> {
  const created: string[] = [];
  for (const role of roleNames) {
    const password = passwords[role];
    if (password === undefined)
      throw new CodedError('role_password_missing', `there is no password for role ${role}`, {
        details: { role },
        nextStep: 'add it to ROLE_PASSWORDS; without ROLE_PASSWORDS every service uses the user of its address',
      });
    if (!/^[A-Za-z0-9_-]{16,128}$/.test(password))
      throw new CodedError(
        'role_password_malformed',
        `the password of role ${role} must be 16 to 128 letters, digits, _ or -`,
        {
          details: { role },
        },
      );
    const found = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    const verb = found.length > 0 ? 'alter' : 'create';
    // DDL takes no parameters; names come from the plan and passwords were checked above.
    const made = await unlessMadeMeanwhile(
      () => whenOthersChangeIt(() => admin.execute(`${verb} role ${role} with login password '${password}'`)),
      [duplicateObject],
    );
    if (made && found.length === 0) created.push(role);
    if (admin.dialect === 'postgres') await setUp(admin, role);
  }
  return created;
}

async function setUp(admin: Sql, role: string): Promise<void> {
  const [found] = await admin.query<{ rolconfig: string[] | null }>(
    'select rolconfig from pg_roles where rolname = $1',
    [role],
  );
  for (const [setting, value] of Object.entries(settingsOfRole(role))) {
    if (found?.rolconfig?.includes(`${setting}=${value}`)) continue;
    await whenOthersChangeIt(() => admin.execute(`alter role ${role} set ${setting} = ${value}`));
  }
}

async function fill(plan: DatabasePlan, { url }: DatabasePlace, options: SqlBootstrapOptions): Promise<number> {
  const sql = openSql({
    url,
    applicationName: 'bootstrapper',
    maxConnections: 2,
    logger: options.logger,
  });
  try {
    await refuseOtherEncodings(sql, plan.name);
    let applied = 0;
    for (const component of plan.components) applied += (await migrate(sql, component)).applied;
    await refuseRemovedTables(sql, plan);
    if (options.passwords) await grantAll(sql, plan);
    return applied;
  } finally {
    await sql.close();
  }
}

/** So that bootstrappers of one database grant one after the other: its first migrations, which there always are. */
const holdGrants = 'select 1 from schema_migrations where number = 1 order by component for update';

/**
 * All of them in one transaction behind a row's lock. Side by side, each grant locks many rows of the catalogue in another
 * order: twenty bootstrappers met in deadlocks that cost a second each, until a statement's time was up.
 */
async function grantAll(sql: Sql, plan: DatabasePlan): Promise<void> {
  const statements = ['revoke create on schema public from public'];
  for (const [role, tables] of Object.entries(plan.grants)) {
    statements.push(`grant usage on schema public to ${role}`);
    for (const [table, privileges] of Object.entries(tables)) {
      const target = table === '*' ? 'all tables in schema public' : table;
      statements.push(`grant ${privileges.join(', ')} on ${target} to ${role}`);
    }
  }
  await whenOthersChangeIt(() =>
    sql.transaction(
      async (tx) => {
        await tx.query(holdGrants);
        for (const statement of statements) await tx.execute(statement);
      },
      { onUnknownCommit: 'retry' },
    ),
  );
}

/** False when somebody else has made the same thing meanwhile. */
async function unlessMadeMeanwhile(make: () => Promise<unknown>, codes: readonly string[]): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

const triesMax = 40;

/**
 * When two sessions change one catalogue row, PostgreSQL answers XX000 "tuple concurrently updated" to one of them, 23505
 * when both were about to make it, such as a role's first setting, and 40P01 when they take many rows in different
 * orders, as grants do: try again.
 */
async function whenOthersChangeIt(change: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await change();
      return;
    } catch (error) {
      if (!isRace(error) || tries >= triesMax) throw error;
      await wait(Math.random() * 50 * Math.min(tries, 10));
    }
  }
}

function isRace(error: unknown): boolean {
  const code = codeOf(error);
  if (code === internalError) return messageOf(error).includes('concurrently');
  return code === uniqueViolation || faultOf(error) === 'retry';
}
