/** Notes about an event, and what may stand in them: one rule for the store and for the headers of messages. */

/**
 * Notes about an event that are not part of the fact: names in `metadataKeys`, or others that `metadataFault` lets pass.
 * Two events with the same id, stream, type and data are the same event, whatever their metadata.
 */
export type Metadata = Readonly<Record<string, string>>;

/** The metadata names that this platform reads and writes. */
export const metadataKeys = {
  /** Version of the data's schema; absent or `0` means the data came through the seed's CreateEvent. */
  schemaVersion: 'schema-version',
  /** The conversation: the order's id. */
  correlationId: 'correlation-id',
  /** The event that caused this one. */
  causationId: 'causation-id',
  /** W3C trace context of the span that appended the event. */
  traceparent: 'traceparent',
  /** Who asked: `customer`, `operator:<name>`, or a service's name. */
  actor: 'actor',
  /** How long the saga step that this event starts may take, in milliseconds, as the setting was at that time. */
  withinMs: 'within-ms',
  /** The currency in force when an event without one was accepted (ISO 4217). */
  currency: 'currency',
} as const;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Printable ASCII without blanks at the ends, which many readers of headers take away. */
const valuePattern = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

/**
 * Why these metadata can be neither stored nor sent; undefined when they can. Their number and size are limited by the
 * store and by the broker, each for itself.
 */
export function metadataFault(metadata: Metadata): string | undefined {
  for (const name in metadata) {
    if (!namePattern.test(name)) return `metadata name ${JSON.stringify(name)} is not printable`;
    if (!valuePattern.test(metadata[name] ?? ''))
      return `metadata ${name} is not printable ASCII, or begins or ends in a blank`;
  }
  return undefined;
}
