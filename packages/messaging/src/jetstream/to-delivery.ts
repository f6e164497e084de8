/** A JetStream message as a delivery: its event, and the ways to settle it at the broker. */
import { messageOf } from '@eventstream/platform';
import type { JsMsg } from '@nats-io/jetstream';
import { ClosedConnectionError, DrainingConnectionError } from '@nats-io/transport-node';
import type { Delivery } from '../port.ts';
import { parseEnvelope } from './envelope-headers.ts';
import { fieldsOfMessage } from './wire-headers.ts';

/** The delivery, or why it is no event of ours. */
export function toDelivery(message: JsMsg): Delivery | string {
  try {
    const envelope = parseEnvelope(fieldsOfMessage(message), message.data);
    if (envelope.event.position !== message.seq) return `position ${envelope.event.position} is at another sequence`;
    return {
      ...envelope,
      deliveryCount: message.info.deliveryCount,
      ack: () => bestEffort(() => message.ack()),
      retry: (afterMs) => bestEffort(() => message.nak(Math.round(afterMs))),
      extend: () => bestEffort(() => message.working()),
    };
  } catch (error) {
    return messageOf(error);
  }
}

/** Settling on a closed connection throws; the broker then delivers again after the ack wait, which is all that is promised. */
function bestEffort(settle: () => void): void {
  try {
    settle();
  } catch (error) {
    if (!(error instanceof ClosedConnectionError || error instanceof DrainingConnectionError)) throw error;
  }
}
