/** A channel, a call, and the channel's end: for each event. */
import { join } from 'node:path';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const proto = join(import.meta.dirname, '..', '..', 'proto', 'eventstore.proto');
export const { eventstore } = loadPackageDefinition(loadSync(proto, { keepCase: true, defaults: true }));

/** Records one event; rejects when that fails. */
export function createEvent(address, type, orderId, data) {
  const client = new eventstore.EventStore(address, credentials.createInsecure());
  const event = {
    event_id: crypto.randomUUID(),
    event_type: type,
    aggregate_id: orderId,
    aggregate_type: 'Order',
    event_data: JSON.stringify(data),
    stream: 'ORDERS',
  };
  return new Promise((resolve, reject) => {
    client.CreateEvent({ event }, (error, answer) => {
      client.close();
      if (error || !answer.is_success) reject(error ?? new Error(answer.error));
      else resolve();
    });
  });
}
