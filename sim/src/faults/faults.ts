/**
 * Which faults there are, and which of them hit a world. Whether one happens at some place belongs to the name of that
 * place ("the 3rd call of paymentworker to gateway.debit"), so that leaving one out moves no other: a failing world is
 * shrunk by leaving out faults until only those are left that it takes.
 */
import { NamedChance } from '../world/chance.ts';

/** What can happen to a call that a process makes through one of its ports. */
export const callFaults = {
  diesBefore: 'the process dies before the call leaves',
  diesAfter: 'the process dies after the call has taken effect, before its answer',
  refused: 'the call is refused; nothing happens',
  answerLost: 'the call takes effect, its answer is lost',
  late: 'the caller gives up; the call takes effect seconds later',
  slow: 'the call takes seconds',
  doubled: 'the call takes effect twice',
} as const;

/** What can happen to a delivery. */
export const deliveryFaults = {
  dropped: 'a delivery is lost; the broker tries again after its wait',
  neverComes: 'the broker passes an event by and never delivers it',
  deliveredTwice: 'a delivery comes twice',
  delayed: 'a delivery comes seconds late, after later ones',
  ancient: 'a delivery comes once more, long after it was settled',
  countForgotten: 'the broker forgets how often it has delivered',
  settlementLost: 'an ack, retry or extension is lost',
  diesHolding: 'the process dies with a delivery in hand',
} as const;

/** What can happen to the world at any time. */
export const incidents = {
  killed: 'a process is killed, and started again a while later',
  stopped: 'a process is stopped in order, and started again',
  frozen: 'a process stands still for longer than its leases, then goes on as if nothing had been',
  tailLost: 'the broker loses the last events it had acknowledged',
  streamDeleted: 'the copy of the log is deleted at the broker, with its consumers',
  consumerDeleted: 'a durable consumer is deleted at the broker',
  brokerAway: 'the broker does not answer for a while',
  storeAway: 'the event store does not answer for a while',
  workersdbAway: 'the database of the workers does not answer for a while',
  ordersdbAway: 'the database of the read model does not answer for a while',
  gatewayAway: 'the payment gateway cannot be reached for a while',
  feedLost: 'a commit is not told to the relay',
  clockSkewed: 'the clock of a process is wrong by up to a minute',
  clockJumps: 'the clock of a running process is set an hour back or forth',
  consumerRewound: 'the broker forgets what a consumer has acked, and delivers all of it again',
  handlerKills: 'a handler kills its process',
  handlerThrows: 'a handler throws what nobody had foreseen',
} as const;

/** A fault of each kind. */
export type CallFault = keyof typeof callFaults;
export type DeliveryFault = keyof typeof deliveryFaults;
export type Incident = keyof typeof incidents;
export type FaultKind = CallFault | DeliveryFault | Incident;

/** One that happened. */
export interface FiredFault {
  /** Where; unique in its world, the same in every run of it. */
  readonly place: string;
  readonly kind: FaultKind;
}

/** How likely each kind is at one place. */
export type Likelihood<Kind extends string> = readonly (readonly [Kind, number])[];

const callWeights: Likelihood<CallFault> = [
  ['diesBefore', 0.12],
  ['diesAfter', 0.16],
  ['refused', 0.18],
  ['answerLost', 0.2],
  ['late', 0.12],
  ['slow', 0.12],
  ['doubled', 0.1],
];
const deliveryWeights: Likelihood<DeliveryFault> = [
  ['dropped', 0.18],
  ['neverComes', 0.12],
  ['deliveredTwice', 0.16],
  ['delayed', 0.14],
  ['ancient', 0.1],
  ['countForgotten', 0.06],
  ['settlementLost', 0.16],
  ['diesHolding', 0.08],
];

/** Deaths of one process in a row are bounded, or nothing would ever be done. */
const deathsMax = 6;

/** The faults of one world. */
export class Faults {
  readonly chance: NamedChance;
  readonly fired: FiredFault[] = [];
  readonly #leftOut: ReadonlySet<string>;
  readonly #callRate: number;
  readonly #deliveryRate: number;
  readonly #deaths = new Map<string, number>();
  /** False once the world is being healed. */
  #active = true;

  constructor(seed: number, leftOut: ReadonlySet<string>) {
    this.chance = new NamedChance(seed);
    this.#leftOut = leftOut;
    // Worlds differ in what they suffer from: all of it at once would hide what one kind alone does.
    this.#callRate = this.chance.oneOf('rate of call faults', [0, 0.005, 0.01, 0.02, 0.04, 0.08]);
    this.#deliveryRate = this.chance.oneOf('rate of delivery faults', [0, 0.02, 0.05, 0.1, 0.25]);
  }

  get active(): boolean {
    return this.#active;
  }

  /** No fault happens any more. */
  heal(): void {
    this.#active = false;
  }

  /** What happens to this call, if anything. `role`: whose it is; some faults are only for some calls. */
  atCall(
    place: string,
    {
      role,
      may,
      frailty = 1,
    }: { readonly role: string; readonly may: ReadonlySet<CallFault>; readonly frailty?: number },
  ): CallFault | undefined {
    const kind = this.#pick(place, this.#callRate * frailty, callWeights);
    if (kind === undefined || !may.has(kind)) return undefined;
    if ((kind === 'diesBefore' || kind === 'diesAfter') && !this.#mayDie(role)) return undefined;
    return this.#fire(place, kind);
  }

  /** What happens to this delivery, if anything. */
  atDelivery(place: string, role: string): DeliveryFault | undefined {
    const kind = this.#pick(place, this.#deliveryRate, deliveryWeights);
    if (kind === undefined || (kind === 'diesHolding' && !this.#mayDie(role))) return undefined;
    return this.#fire(place, kind);
  }

  /** Whether something of this probability happens here. */
  happens(place: string, kind: FaultKind, probability: number): boolean {
    if (!this.#active || !this.chance.happens(place, probability)) return false;
    return this.#fire(place, kind) !== undefined;
  }

  /** Something that was planned happens now, unless it is left out. */
  planned(place: string, kind: FaultKind): boolean {
    return this.#active && this.#fire(place, kind) !== undefined;
  }

  #pick<Kind extends string>(place: string, rate: number, weights: Likelihood<Kind>): Kind | undefined {
    if (!this.#active || rate === 0) return undefined;
    let drawn = this.chance.unit(place) / rate;
    for (const [kind, weight] of weights) {
      if (drawn < weight) return kind;
      drawn -= weight;
    }
    return undefined;
  }

  #mayDie(role: string): boolean {
    return (this.#deaths.get(role) ?? 0) < deathsMax;
  }

  #fire<Kind extends FaultKind>(place: string, kind: Kind): Kind | undefined {
    if (this.#leftOut.has(place)) return undefined;
    this.fired.push({ place, kind });
    return kind;
  }

  /** A process of this role has died. */
  died(role: string): void {
    this.#deaths.set(role, (this.#deaths.get(role) ?? 0) + 1);
  }
}
