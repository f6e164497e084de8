/** Reads the list of orders that a client was told are stored. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { isUuid, type OrderId, orderId } from '@eventstream/contracts';
import { CodedError } from '@eventstream/platform';

/** One order id a line; empty lines and lines that begin with # are passed over. Throws `acked_invalid`. */
export async function readAckedOrders(file: string): Promise<ReadonlySet<OrderId>> {
  const acked = new Set<OrderId>();
  let number = 0;
  const input = createReadStream(file, 'utf8');
  const failed = new Promise<never>((_resolve, reject) => {
    input.once('error', (cause) => reject(invalid(`${file} cannot be read: ${cause.message}`)));
  });
  const reading = (async () => {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      const text = line.trim();
      if (text === '' || text.startsWith('#')) continue;
      if (!isUuid(text)) throw invalid(`Line ${number} of ${file} is no order id.`);
      acked.add(orderId(text));
    }
  })();
  await Promise.race([reading, failed]);
  return acked;
}

function invalid(message: string): CodedError {
  return new CodedError('acked_invalid', message, { nextStep: 'Give a file with one order id a line.' });
}
