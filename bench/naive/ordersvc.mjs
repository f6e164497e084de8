/** One request, one event. */
import { createServer } from 'node:http';
import { createEvent } from './event-store-client.mjs';

const [eventStore] = process.argv.slice(2);

async function place(body) {
  const order = JSON.parse(body);
  const orderId = crypto.randomUUID();
  const amount = order.order_items.reduce((sum, item) => sum + Number(item.unit_price) * item.quantity, 0);
  await createEvent(eventStore, 'created', orderId, { ...order, amount, status: 'Pending' });
  return { order_id: orderId, amount, status: 'Pending' };
}

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.once('end', () => {
    place(body).then(
      (order) =>
        response
          .writeHead(201, { 'content-type': 'application/json', location: `/api/orders/${order.order_id}` })
          .end(JSON.stringify(order)),
      (error) => response.writeHead(500).end(JSON.stringify({ error: error.message })),
    );
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
