/**
 * Where the boxes and arrows of the walk stand, in a wide and in a narrow window: the picture of the README, as numbers.
 * Units are the drawing's own; both drawings are shown at about their own size, so that their letters stay readable.
 */
import type { BoxName } from '../server/answers.ts';

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** An arrow's way from corner to corner, and where its numbers stand. */
export interface Way {
  readonly from: BoxName;
  readonly to: BoxName;
  readonly way: readonly Spot[];
  readonly label: Spot & { readonly anchor: 'start' | 'middle' | 'end' };
  /** An arrow back: a fact that goes to the log. */
  readonly isBack?: boolean;
}

export interface WalkLayout {
  readonly width: number;
  readonly height: number;
  readonly box: { readonly width: number; readonly height: number };
  readonly boxes: Readonly<Record<BoxName, Spot>>;
  readonly ways: readonly Way[];
}

const p = (x: number, y: number): Spot => ({ x, y });
const at = (x: number, y: number, anchor: 'start' | 'middle' | 'end'): Way['label'] => ({ x, y, anchor });

/** README's picture: the order goes right to the log, down to the broker, and from there to whoever works on it. */
export const wideLayout: WalkLayout = {
  width: 1120,
  height: 528,
  box: { width: 176, height: 84 },
  boxes: {
    client: p(8, 8),
    ordersvc: p(286, 8),
    eventstoresvc: p(592, 8),
    postgres: p(898, 8),
    relay: p(592, 148),
    'nats-server': p(898, 148),
    paymentworker: p(8, 326),
    reviewworker: p(286, 326),
    sagacoordinator: p(592, 326),
    querymodelworker: p(898, 326),
    paymentgateway: p(8, 440),
  },
  ways: [
    { from: 'client', to: 'ordersvc', way: [p(184, 50), p(286, 50)], label: at(233, 34, 'middle') },
    { from: 'ordersvc', to: 'eventstoresvc', way: [p(462, 36), p(592, 36)], label: at(526, 20, 'middle') },
    { from: 'eventstoresvc', to: 'postgres', way: [p(768, 50), p(898, 50)], label: at(832, 34, 'middle') },
    { from: 'eventstoresvc', to: 'relay', way: [p(680, 92), p(680, 148)], label: at(690, 117, 'start') },
    { from: 'relay', to: 'nats-server', way: [p(768, 190), p(898, 190)], label: at(832, 174, 'middle') },
    {
      from: 'nats-server',
      to: 'paymentworker',
      way: [p(986, 232), p(986, 274), p(128, 274), p(128, 326)],
      label: at(138, 290, 'start'),
    },
    {
      from: 'nats-server',
      to: 'reviewworker',
      way: [p(986, 232), p(986, 274), p(406, 274), p(406, 326)],
      label: at(416, 290, 'start'),
    },
    {
      from: 'nats-server',
      to: 'sagacoordinator',
      way: [p(986, 232), p(986, 274), p(712, 274), p(712, 326)],
      label: at(722, 290, 'start'),
    },
    { from: 'nats-server', to: 'querymodelworker', way: [p(986, 232), p(986, 326)], label: at(996, 290, 'start') },
    {
      from: 'paymentworker',
      to: 'eventstoresvc',
      way: [p(40, 326), p(40, 254), p(526, 254), p(526, 72), p(592, 72)],
      label: at(50, 247, 'start'),
      isBack: true,
    },
    {
      from: 'reviewworker',
      to: 'eventstoresvc',
      way: [p(318, 326), p(318, 254), p(526, 254), p(526, 72), p(592, 72)],
      label: at(328, 247, 'start'),
      isBack: true,
    },
    {
      from: 'sagacoordinator',
      to: 'eventstoresvc',
      way: [p(624, 326), p(624, 254), p(526, 254), p(526, 72), p(592, 72)],
      label: at(634, 247, 'start'),
      isBack: true,
    },
    { from: 'paymentworker', to: 'paymentgateway', way: [p(96, 410), p(96, 440)], label: at(106, 429, 'start') },
    {
      from: 'querymodelworker',
      to: 'postgres',
      way: [p(1074, 368), p(1104, 368), p(1104, 50), p(1074, 50)],
      label: at(1098, 262, 'end'),
      isBack: true,
    },
  ],
};

/** The same walk for a window as narrow as a telephone: right to the log, and down. */
export const narrowLayout: WalkLayout = {
  width: 378,
  height: 690,
  box: { width: 146, height: 78 },
  boxes: {
    client: p(18, 6),
    ordersvc: p(214, 6),
    postgres: p(18, 128),
    eventstoresvc: p(214, 128),
    'nats-server': p(18, 248),
    relay: p(214, 248),
    paymentworker: p(18, 376),
    reviewworker: p(214, 376),
    querymodelworker: p(18, 492),
    sagacoordinator: p(214, 492),
    paymentgateway: p(18, 606),
  },
  ways: [
    { from: 'client', to: 'ordersvc', way: [p(164, 45), p(214, 45)], label: at(189, 36, 'middle') },
    { from: 'ordersvc', to: 'eventstoresvc', way: [p(274, 84), p(274, 128)], label: at(282, 110, 'start') },
    { from: 'eventstoresvc', to: 'postgres', way: [p(214, 150), p(164, 150)], label: at(189, 141, 'middle') },
    { from: 'eventstoresvc', to: 'relay', way: [p(274, 206), p(274, 248)], label: at(282, 226, 'start') },
    { from: 'relay', to: 'nats-server', way: [p(214, 286), p(164, 286)], label: at(183, 277, 'middle') },
    { from: 'nats-server', to: 'paymentworker', way: [p(64, 326), p(64, 376)], label: at(72, 350, 'start') },
    {
      from: 'nats-server',
      to: 'reviewworker',
      way: [p(130, 326), p(130, 340), p(178, 340), p(178, 412), p(214, 412)],
      label: at(222, 352, 'start'),
    },
    {
      from: 'nats-server',
      to: 'querymodelworker',
      way: [p(130, 326), p(130, 340), p(178, 340), p(178, 528), p(164, 528)],
      label: at(72, 468, 'start'),
    },
    {
      from: 'nats-server',
      to: 'sagacoordinator',
      way: [p(130, 326), p(130, 340), p(178, 340), p(178, 540), p(214, 540)],
      label: at(222, 468, 'start'),
    },
    {
      from: 'paymentworker',
      to: 'eventstoresvc',
      way: [p(164, 398), p(202, 398), p(202, 186), p(214, 186)],
      label: at(0, -40, 'start'),
      isBack: true,
    },
    {
      from: 'reviewworker',
      to: 'eventstoresvc',
      way: [p(360, 415), p(370, 415), p(370, 167), p(360, 167)],
      label: at(0, -40, 'start'),
      isBack: true,
    },
    {
      from: 'sagacoordinator',
      to: 'eventstoresvc',
      way: [p(360, 531), p(370, 531), p(370, 167), p(360, 167)],
      label: at(0, -40, 'start'),
      isBack: true,
    },
    {
      from: 'paymentworker',
      to: 'paymentgateway',
      way: [p(36, 454), p(10, 454), p(10, 645), p(18, 645)],
      label: at(22, 599, 'start'),
    },
    {
      from: 'querymodelworker',
      to: 'postgres',
      way: [p(18, 531), p(4, 531), p(4, 167), p(18, 167)],
      label: at(0, -40, 'start'),
      isBack: true,
    },
  ],
};
