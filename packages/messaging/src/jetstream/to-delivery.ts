/** A JetStream message as a delivery: its event, and the ways to settle it at the broker. */
import { messageOf } from '@eventstream/platform';
import type { JsMsg } from '@nats-io/jetstream';
import type { Delivery } from '../port.ts';
import { parseEnvelope } from './envelope-headers.ts';
import { bestEffort, type GatheredAcks } from './gathered-acks.ts';
import { fieldsOfMessage } from './wire-headers.ts';

/** The delivery, acked together with others, or why it is no event of ours. */
export function toDelivery(message: JsMsg, acks: GatheredAcks): Delivery | string {
  try {
    const envelope = parseEnvelope(fieldsOfMessage(message), message.data);
    if (envelope.event.position !== message.seq) return `position ${envelope.event.position} is at another sequence`;
    return {
      ...envelope,
      deliveryCount: message.info.deliveryCount,
      ack: () => acks.add({ sequence: message.seq, send: () => message.ack() }),
      retry: (afterMs) => bestEffort(() => message.nak(Math.round(afterMs))),
      extend: () => bestEffort(() => message.working()),
    };
  } catch (error) {
    return messageOf(error);
  }
}
