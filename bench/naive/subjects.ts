/** A stream of its own, so that it never meets the product's messages. */
export const stream = 'NAIVE';

/** Where messages of an event type go. */
export function subjectOf(eventType: string): string {
  return `${stream}.${eventType}`;
}
