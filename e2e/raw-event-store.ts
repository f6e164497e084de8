/** The event store as a foreign program sees it: grpc-js and the .proto files, nothing of ours in between. */
import { join } from 'node:path';
import { after } from 'node:test';
import { Client, credentials, type GrpcObject, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** Calls a unary method by its name, such as `Append`; rejects with the status. */
export type RawCall = (method: string, request: object) => Promise<Record<string, unknown>>;

/** Our versioned API at an address. */
export function versionedEventStore(address: string): RawCall {
  return rawClient(address, 'eventstream/eventstore/v1/eventstore.proto', [
    'eventstream',
    'eventstore',
    'v1',
    'EventStoreService',
  ]);
}

/** The seed's API at an address. */
export function seedEventStore(address: string): RawCall {
  return rawClient(address, 'eventstore.proto', ['eventstore', 'EventStore']);
}

const clients: Client[] = [];
// Registered while the module loads, so that it belongs to the whole file and not to the hook that asked first.
after(() => {
  for (const client of clients) client.close();
});

function rawClient(address: string, file: string, path: readonly string[]): RawCall {
  const proto = join(import.meta.dirname, '..', 'proto');
  const definition = loadSync(join(proto, file), { keepCase: true, longs: Number, defaults: true });
  const service = path.reduce<GrpcObject | GrpcObject[string] | undefined>(
    (within, name) => (within && name in within ? Reflect.get(within, name) : undefined),
    loadPackageDefinition(definition),
  );
  if (typeof service !== 'function' || !('service' in service)) throw new Error(`${file} has no ${path.join('.')}`);
  const methods = service.service;
  const client = new Client(address, credentials.createInsecure());
  clients.push(client);
  return (name, request) =>
    new Promise((resolve, reject) => {
      const method = methods[name];
      if (!method) return reject(new Error(`there is no method ${name}`));
      const { path: on, requestSerialize, responseDeserialize } = method;
      const done = (error: ServiceError | null, answer?: Record<string, unknown>): void =>
        answer === undefined || error ? reject(error ?? new Error('no answer')) : resolve(answer);
      return client.makeUnaryRequest(on, requestSerialize, responseDeserialize, request, done);
    });
}
