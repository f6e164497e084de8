/**
 * Which databases there are, what is in them, and who may do what with it. A service gets the rights it needs and no
 * more; nobody but the administrator may change or remove an event.
 */
import { consoleMigrations } from '@eventstream/console/migrations';
import { eventStoreMigrations } from '@eventstream/event-store/sql';
import { relayMigrations } from '@eventstream/messaging/sql';
import { gatewayMigrations } from '@eventstream/paymentgateway/migrations';
import { paymentMigrations } from '@eventstream/paymentworker/migrations';
import type { Migration } from '@eventstream/platform/sql';
import { readModelMigrations } from '@eventstream/read-model/sql';
import { sagaMigrations } from '@eventstream/saga/sql';
import { workerMigrations } from '@eventstream/worker/sql';

/** Rights on tables, as SQL names them. */
type Privilege = 'select' | 'insert' | 'update' | 'delete';

/** One database. */
export interface DatabasePlan {
  readonly name: 'eventstoredb' | 'ordersdb' | 'workersdb' | 'gatewaydb';
  /** The setting that gives another address for it. */
  readonly setting: 'EVENTSTOREDB_URL' | 'ORDERSDB_URL' | 'WORKERSDB_URL' | 'GATEWAYDB_URL';
  readonly components: readonly { readonly component: string; readonly migrations: readonly Migration[] }[];
  /** Role → tables → rights. `*`: every table of the database. */
  readonly grants: Readonly<Record<string, Readonly<Record<string, readonly Privilege[]>>>>;
}

const all: readonly Privilege[] = ['select', 'insert', 'update', 'delete'];
const workerTables = { '*': all } as const;

/** Every database, in the order in which an order passes them. */
export const databasePlans: readonly DatabasePlan[] = [
  {
    name: 'eventstoredb',
    setting: 'EVENTSTOREDB_URL',
    components: [
      { component: 'event-store', migrations: eventStoreMigrations },
      { component: 'relay', migrations: relayMigrations },
    ],
    grants: {
      // The log is append-only: no role of a service may update or delete an event.
      eventstoresvc: {
        events: ['select', 'insert'],
        log_heads: ['select', 'update'],
        relay_leases: ['select', 'insert', 'update'],
      },
      // For `eventstream log`: an operator may bring lost events back, and cannot change or remove one either.
      operator: { events: ['select', 'insert'], log_heads: ['select', 'update'], relay_leases: ['select'] },
      verifier: { '*': ['select'] },
    },
  },
  {
    name: 'workersdb',
    setting: 'WORKERSDB_URL',
    components: [
      { component: 'worker', migrations: workerMigrations },
      { component: 'payments', migrations: paymentMigrations },
      { component: 'saga', migrations: sagaMigrations },
      { component: 'console', migrations: consoleMigrations },
    ],
    grants: {
      paymentworker: workerTables,
      reviewworker: workerTables,
      sagacoordinator: workerTables,
      operator: {
        '*': ['select'],
        dead_letters: ['update'],
        dead_letter_decisions: ['insert'],
        dead_letter_dry_runs: ['insert'],
        worker_marks: ['update'],
        worker_waiting: ['delete'],
        sagas: ['delete'],
        saga_checkpoints: ['delete'],
      },
      // Looks at everything, decides about dead letters, and writes down what its operators do.
      console: {
        '*': ['select'],
        dead_letters: ['update'],
        dead_letter_decisions: ['insert'],
        dead_letter_dry_runs: ['insert'],
        console_actions: ['insert'],
      },
      verifier: { '*': ['select'] },
    },
  },
  {
    name: 'ordersdb',
    setting: 'ORDERSDB_URL',
    components: [
      { component: 'worker', migrations: workerMigrations },
      { component: 'read-model', migrations: readModelMigrations },
    ],
    grants: {
      querymodelworker: workerTables,
      ordersvc: { '*': ['select'] },
      // For `eventstream rebuild` and for dead letters of the projection.
      operator: workerTables,
      console: {
        '*': ['select'],
        dead_letters: ['update'],
        dead_letter_decisions: ['insert'],
        dead_letter_dry_runs: ['insert'],
      },
      verifier: { '*': ['select'] },
    },
  },
  {
    name: 'gatewaydb',
    setting: 'GATEWAYDB_URL',
    components: [{ component: 'gateway', migrations: gatewayMigrations }],
    grants: {
      paymentgateway: {
        payments: ['select', 'insert', 'update'],
        ledger_entries: ['select', 'insert'],
        staged_calls: ['select', 'insert', 'update'],
      },
      verifier: { '*': ['select'] },
    },
  },
];

/** Every role that a service or command connects as. */
export const roleNames: readonly string[] = [
  ...new Set(databasePlans.flatMap((plan) => Object.keys(plan.grants))),
].toSorted();
