/** The broker's consumers as a process has them: deliveries are lost, doubled, late or ancient, and so are acks. */
import type { ConsumerSource, Delivery } from '@eventstream/messaging';
import type { Life } from '../processes/life.ts';
import type { CallWorld } from './calls.ts';
import { type DeliveryFault, deliveryFaults } from './faults.ts';

/** Consumers of this process; they are gone with it, while the broker keeps what they left unsettled. */
export function faultyConsumers(source: ConsumerSource, life: Life, world: CallWorld): ConsumerSource {
  return {
    async consume(spec, startAfter, onDelivery, onLeft = () => {}) {
      const deliver = (delivery: Delivery): void => {
        if (!life.alive) return;
        const point = `${life.role} ← ${spec.name}`;
        const count = (world.counts.get(point) ?? 0) + 1;
        world.counts.set(point, count);
        world.story.mark(point);
        const fault = world.faults.atDelivery(`${point} #${count}`, life.role);
        if (fault !== undefined) note(life, world, fault, delivery);
        new Arrival(delivery, onDelivery, life, world).come(fault, `${point} #${count}`);
      };
      const consumer = await source.consume(spec, startAfter, deliver, (left) => {
        if (life.alive) life.run(() => onLeft(left));
      });
      life.onEnd(() => void consumer.stop());
      if (!life.alive) await consumer.stop();
      return consumer;
    },
  };
}

function note(life: Life, { sometimes, story }: CallWorld, fault: DeliveryFault, { event }: Delivery): void {
  sometimes.fault(`deliveries: ${deliveryFaults[fault]}`);
  story.mark(fault);
  story.tell(life.role, `✗ ${event.type} at ${event.position}: ${deliveryFaults[fault]}`);
}

/** One delivery on its way to a process. */
class Arrival {
  readonly #delivery: Delivery;
  readonly #onDelivery: (delivery: Delivery) => void;
  readonly #life: Life;
  readonly #world: CallWorld;

  constructor(delivery: Delivery, onDelivery: (delivery: Delivery) => void, life: Life, world: CallWorld) {
    this.#delivery = delivery;
    this.#onDelivery = onDelivery;
    this.#life = life;
    this.#world = world;
  }

  come(fault: DeliveryFault | undefined, place: string): void {
    const { time, faults, random, kill } = this.#world;
    const chance = faults.chance.unit(`${place} ms`);
    switch (fault) {
      case 'dropped':
        return;
      case 'neverComes':
        return this.#delivery.ack(); // to the broker, as if somebody had
      case 'deliveredTwice':
        this.#hand();
        time.after(chance * 50, () => this.#hand());
        return;
      case 'delayed':
        time.after(200 + chance * 6_000, () => this.#hand());
        return;
      case 'ancient':
        this.#hand();
        time.after(5_000 + chance * 20_000, () => this.#hand());
        return;
      case 'countForgotten':
        return this.#hand({ ...this.#delivery, deliveryCount: 1 });
      case 'settlementLost':
        return this.#hand({ ...this.#delivery, ack() {}, retry() {}, extend() {} });
      case 'diesHolding':
        this.#hand();
        time.after(chance * 6, () => {
          if (this.#life.alive) kill(this.#life);
        });
        return;
      case undefined:
        if (random() < 0.7) return this.#hand();
        time.after(random() * 5, () => this.#hand());
    }
  }

  #hand(delivery: Delivery = this.#delivery): void {
    const { sometimes } = this.#world;
    this.#life.run(() => {
      if (delivery.deliveryCount > 1) sometimes.path('deliveredAgain');
      this.#onDelivery(this.#ofLiving(delivery));
    });
  }

  /** The dead settle nothing. */
  #ofLiving(delivery: Delivery): Delivery {
    const life = this.#life;
    return {
      ...delivery,
      ack: () => life.alive && delivery.ack(),
      retry: (afterMs) => life.alive && delivery.retry(afterMs),
      extend: () => life.alive && delivery.extend(),
    };
  }
}
