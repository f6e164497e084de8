/** One call, one transaction, one message. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { eventstore } from './event-store-client.mjs';
import { subjectOf } from './subjects.ts';

const [databaseUrl, natsUrl] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 });
const js = jetstream(await connect({ servers: natsUrl }));

async function record({ event_id, event_type, aggregate_id, aggregate_type, event_data }) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(
      'insert into naive_events (event_id, event_type, aggregate_id, aggregate_type, event_data) values ($1, $2, $3, $4, $5)',
      [event_id, event_type, aggregate_id, aggregate_type, event_data],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
  await js.publish(subjectOf(event_type), JSON.stringify({ order_id: aggregate_id, data: JSON.parse(event_data) }));
}

const server = new Server();
server.addService(eventstore.EventStore.service, {
  CreateEvent(call, answer) {
    record(call.request.event).then(
      () => answer(null, { is_success: true }),
      (error) => answer(null, { is_success: false, error: error.message }),
    );
  },
  GetEvents: (_call, answer) => answer(null, { events: [] }),
  GetEventsStream: (call) => call.end(),
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
