/** The console's settings. */
import { type CommonSettings, Count } from '@eventstream/platform';
import {
  databases,
  eventStoreAddress,
  gatewayUrl,
  natsUrl,
  ordersUrl,
  paymentWithin,
  port,
  reviewWithin,
} from '@eventstream/service-kit/settings';
import { type Static, Type } from 'typebox';

/** Every process that is looked at when no file of a running system says which there are, at its usual port. */
const usualProcesses = [
  'eventstoresvc=http://127.0.0.1:9101',
  'paymentgateway=http://127.0.0.1:9102',
  'ordersvc=http://127.0.0.1:9103',
  'paymentworker=http://127.0.0.1:9104',
  'reviewworker=http://127.0.0.1:9105',
  'sagacoordinator=http://127.0.0.1:9106',
  'querymodelworker=http://127.0.0.1:9107',
].join(',');

/** Read from the environment by `runProcess`; all faults are reported at once. */
export const settings = Type.Object({
  CONSOLE_PORT: port(8088, 'Port of the console’s page'),
  ZIPKIN_PORT: port(9411, 'Port of the console’s own Zipkin API; not opened when traces go elsewhere'),
  EVENTSTORE_ADDRESS: eventStoreAddress,
  ORDERS_URL: ordersUrl,
  GATEWAY_URL: gatewayUrl,
  NATS_URL: natsUrl,
  ORDERSDB_URL: databases.ORDERSDB_URL,
  WORKERSDB_URL: databases.WORKERSDB_URL,
  PAYMENT_WITHIN: paymentWithin,
  REVIEW_WITHIN: reviewWithin,
  SYSTEM_FILE: Type.Optional(
    Type.String({
      description:
        'The running.json of the system that is shown: it says which processes there are; verify takes its addresses from it',
      maxLength: 4_000,
    }),
  ),
  PROCESSES: Type.String({
    description: 'Without SYSTEM_FILE: the processes that are looked at, as name=health address, separated by commas',
    allowed: 'such as ordersvc=http://127.0.0.1:9103,paymentworker=http://127.0.0.1:9104',
    pattern: '^([a-z-]+=https?://[^,\\s]+)(,[a-z-]+=https?://[^,\\s]+)*$',
    default: usualProcesses,
  }),
  CONSOLE_STREAMS: Count({
    description: 'Live streams that all open pages together may hold; the next one is told to come back',
    default: 100,
    maximum: 1_000,
  }),
  TRACES_HELD: Count({
    description: 'Traces that the console’s own Zipkin holds in memory; the oldest make room',
    default: 5_000,
    maximum: 1_000_000,
  }),
  TRACES_HELD_BYTES: Count({
    description: 'The same as bytes of their JSON',
    default: 33_554_432,
    minimum: 1_048_576,
    maximum: 1_073_741_824,
  }),
});

/** The settings of one console. */
export type ConsoleSettings = Static<typeof settings> & CommonSettings;

/** The health address of each process that is named. */
export function processesOf({ PROCESSES: list }: ConsoleSettings): ReadonlyMap<string, string> {
  return new Map(
    list.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
