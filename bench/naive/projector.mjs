/** The read model: a connection, a transaction and an ack for each message. */
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { stream, subjectOf } from './subjects.ts';

const [natsUrl, databaseUrl] = process.argv.slice(2);

async function project(subject, { order_id, data }) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    if (subject === subjectOf('created')) await insert(client, order_id, data);
    else {
      const status = subject === subjectOf('approved') ? 'Approved' : 'PaymentDebited';
      await client.query('update naive_orders set status = $2 where order_id = $1', [order_id, status]);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function insert(client, orderId, { customer_id, restaurant_id, amount, status, order_items }) {
  await client.query(
    'insert into naive_orders (order_id, customer_id, restaurant_id, amount, status) values ($1, $2, $3, $4, $5)',
    [orderId, customer_id, restaurant_id, amount, status],
  );
  for (const { code, name, unit_price, quantity } of order_items)
    await client.query(
      'insert into naive_order_items (order_id, code, name, unit_price, quantity) values ($1, $2, $3, $4, $5)',
      [orderId, code, name, unit_price, quantity],
    );
}

const consumer = await jetstream(await connect({ servers: natsUrl })).consumers.get(stream, 'projector');
process.stdout.write('ready\n');
for await (const message of await consumer.consume()) {
  await project(message.subject, message.json());
  message.ack();
}
