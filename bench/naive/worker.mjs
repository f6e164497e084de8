/** A worker: one message after the other, each with the event it leads to. */
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createEvent } from './event-store-client.mjs';
import { stream } from './subjects.ts';

const [role, natsUrl, eventStore, gatewayUrl] = process.argv.slice(2);

const roles = {
  async payment({ order_id, data }) {
    const response = await fetch(`${gatewayUrl}/v1/payments/${order_id}/debit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        amount_minor: String(Math.round(data.amount * 100)),
        currency: 'USD',
        payer: data.customer_id,
      }),
    });
    if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
    await response.json();
    await createEvent(eventStore, 'paymentdebited', order_id, { amount: data.amount, customer_id: data.customer_id });
  },
  async review({ order_id, data }) {
    if (data.amount <= 1000) await createEvent(eventStore, 'approved', order_id, { by: 'policy' });
  },
};

const consumer = await jetstream(await connect({ servers: natsUrl })).consumers.get(stream, role);
process.stdout.write('ready\n');
for await (const message of await consumer.consume()) {
  await roles[role](message.json());
  message.ack();
}
