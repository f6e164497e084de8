/** A consumer of a broker that may not be there yet: what is asked of it meanwhile holds once it is. */
import { CodedError } from '@eventstream/platform';
import type { Consumer, ConsumerLag } from '../port.ts';

/** Wraps a consumer that is opened later, or never. */
export class LateConsumer implements Consumer {
  #opened: Consumer | undefined;
  #isPaused = false;
  #isStopped = false;

  constructor(opening: Promise<Consumer>) {
    void opening.then((consumer) => this.#take(consumer));
  }

  async lag(): Promise<ConsumerLag> {
    if (this.#opened === undefined) throw new CodedError('broker_unavailable', 'the broker is not there yet');
    return this.#opened.lag();
  }

  pause(): void {
    this.#isPaused = true;
    this.#opened?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#opened?.resume();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#opened?.stop();
  }

  #take(consumer: Consumer): void {
    this.#opened = consumer;
    if (this.#isPaused) consumer.pause();
    if (this.#isStopped) void consumer.stop();
  }
}
