/** Every process that `eventstream up` runs, in one table: where it starts, which ports it opens, what it is told. */
import type { HeapUse } from './heap-flags.ts';

/** The databases, and the setting by which a service is told the address of each. */
export const databaseSettings = {
  eventstoredb: 'EVENTSTOREDB_URL',
  ordersdb: 'ORDERSDB_URL',
  workersdb: 'WORKERSDB_URL',
  gatewaydb: 'GATEWAYDB_URL',
} as const;
/** Name of a database. */
export type DatabaseName = keyof typeof databaseSettings;

/** Every port of the system under the name that `--ports` takes. */
export const standardPorts = {
  http: 3000,
  gateway: 3001,
  nats: 4222,
  'nats-monitor': 8222,
  sql: 26257,
  eventstore: 50051,
  orders: 50052,
  'eventstoresvc-health': 9101,
  'paymentgateway-health': 9102,
  'ordersvc-health': 9103,
  'paymentworker-health': 9104,
  'reviewworker-health': 9105,
  'sagacoordinator-health': 9106,
  'querymodelworker-health': 9107,
  console: 8088,
  'console-health': 9108,
  zipkin: 9411,
} as const;
/** Name of a port. */
export type PortName = keyof typeof standardPorts;

/** What a service may be told about the others. */
export type Neighbour = 'NATS_URL' | 'EVENTSTORE_ADDRESS' | 'GATEWAY_URL' | 'ORDERS_URL';

/** One service. Its name is also its database role. */
export interface ServicePlan {
  readonly name: string;
  /** What for, in a few words. */
  readonly does: string;
  /** Its program, from the root of the repository. */
  readonly entry: string;
  /** Services of a lower wave are ready before it starts, and stop after it has stopped. */
  readonly wave: 1 | 2;
  /** Setting → the port it is given. Every service has HEALTH_PORT. */
  readonly ports: Readonly<Record<string, PortName>> & { readonly HEALTH_PORT: PortName };
  /** The databases it uses, with its own role. It's told no other address. */
  readonly databases: readonly DatabaseName[];
  readonly neighbours: readonly Neighbour[];
  /** True: it works on orders that have been answered, and leaves the processors to whoever takes new ones. */
  readonly isBehind?: true;
  /** What it keeps in memory, when that is not the usual. */
  readonly heap?: HeapUse;
  /** True: the system is up without it, and its failure stops nothing. */
  readonly isOptional?: true;
  /** True: it is told where the file of the running system is. */
  readonly seesSystem?: true;
}

/** The services, in the order in which an order meets what it needs. */
export const servicePlans: readonly ServicePlan[] = [
  {
    name: 'eventstoresvc',
    does: 'the log, and the relay to the broker',
    entry: 'services/eventstoresvc/src/main.ts',
    wave: 1,
    heap: 'pages',
    ports: { HEALTH_PORT: 'eventstoresvc-health', GRPC_PORT: 'eventstore' },
    databases: ['eventstoredb'],
    neighbours: ['NATS_URL'],
  },
  {
    name: 'paymentgateway',
    does: 'a stand-in payment provider',
    entry: 'services/paymentgateway/src/main.ts',
    wave: 1,
    isBehind: true,
    ports: { HEALTH_PORT: 'paymentgateway-health', GATEWAY_PORT: 'gateway' },
    databases: ['gatewaydb'],
    neighbours: [],
  },
  {
    name: 'ordersvc',
    does: 'takes, shows, cancels and reviews orders',
    entry: 'services/ordersvc/src/main.ts',
    wave: 2,
    heap: 'much',
    ports: { HEALTH_PORT: 'ordersvc-health', HTTP_PORT: 'http', ORDERS_GRPC_PORT: 'orders' },
    databases: ['ordersdb'],
    neighbours: ['EVENTSTORE_ADDRESS'],
  },
  {
    name: 'paymentworker',
    does: 'debits and voids',
    entry: 'services/paymentworker/src/main.ts',
    wave: 2,
    isBehind: true,
    ports: { HEALTH_PORT: 'paymentworker-health' },
    databases: ['workersdb'],
    neighbours: ['NATS_URL', 'EVENTSTORE_ADDRESS', 'GATEWAY_URL'],
  },
  {
    name: 'reviewworker',
    does: 'approves, rejects, or asks a person',
    entry: 'services/reviewworker/src/main.ts',
    wave: 2,
    isBehind: true,
    ports: { HEALTH_PORT: 'reviewworker-health' },
    databases: ['workersdb'],
    neighbours: ['NATS_URL', 'EVENTSTORE_ADDRESS'],
  },
  {
    name: 'sagacoordinator',
    does: 'deadlines, undo, the end',
    entry: 'services/sagacoordinator/src/main.ts',
    wave: 2,
    isBehind: true,
    heap: 'much',
    ports: { HEALTH_PORT: 'sagacoordinator-health' },
    databases: ['workersdb'],
    neighbours: ['NATS_URL', 'EVENTSTORE_ADDRESS'],
  },
  {
    name: 'querymodelworker',
    does: 'the rows that GET reads',
    entry: 'services/querymodelworker/src/main.ts',
    wave: 2,
    isBehind: true,
    heap: 'much',
    ports: { HEALTH_PORT: 'querymodelworker-health' },
    databases: ['ordersdb'],
    neighbours: ['NATS_URL', 'EVENTSTORE_ADDRESS'],
  },
  {
    name: 'console',
    does: 'the operators’ page, and the traces it shows',
    entry: 'services/console/src/main.ts',
    wave: 2,
    isBehind: true,
    ports: { HEALTH_PORT: 'console-health', CONSOLE_PORT: 'console', ZIPKIN_PORT: 'zipkin' },
    databases: ['ordersdb', 'workersdb'],
    neighbours: ['NATS_URL', 'EVENTSTORE_ADDRESS', 'GATEWAY_URL', 'ORDERS_URL'],
    isOptional: true,
    seesSystem: true,
  },
];

/** Prepares databases, roles and the broker's stream; runs to its end before the services start. */
export const bootstrapperEntry = 'services/bootstrapper/src/main.ts';

/** A role that may read everything and change nothing: for `eventstream verify`. */
export const verifierRole = 'verifier';
/** A role for the commands that change something: dead letters, `rebuild`, `log`. */
export const operatorRole = 'operator';
