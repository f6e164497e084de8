import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Look } from '@eventstream/messaging/relay';
import { createLogger } from '@eventstream/platform';
import { RelayPart } from './relay-part.ts';

const silent: Look = { kind: 'brokerSilent' };
const sound: Look = { kind: 'sound' };
const halted = (code: 'relay_broker_ahead' | 'relay_other_event' | 'relay_foreign_stream'): Look => {
  return { kind: 'halted', code, reason: 'it differs', nextStep: 'decide' };
};

const isReady = { name: 'relay', check: async () => ({ ok: true }) as const };

/** A part whose relay sees this as soon as it is started; what comes later is told by `see`. */
function partThatSees(t: TestContext, first: readonly Look[], { isReachable = true, brokerPatienceMs = 60_000 } = {}) {
  const held: (string | undefined)[] = [];
  const see: ((look: Look) => void)[] = [];
  const part = new RelayPart({
    logger: createLogger({ service: 'test', level: 'silent' }),
    brokerPatienceMs,
    holdAppends: (reason) => held.push(reason),
    connect: async (onLook) => {
      see.push(onLook);
      if (!isReachable) throw new Error('nobody is there');
      const relay = {
        start: async () => first.forEach((look) => onLook(look)),
        stop: async () => {},
        offer: () => {},
        checks: [isReady, isReady] as const,
      };
      return { relay, disconnect: async () => {} };
    },
  });
  t.after(() => part.stop());
  return { part, held, see: (look: Look) => see.at(-1)?.(look), isHeld: () => held.at(-1) !== undefined };
}

describe('appends are held', () => {
  test('until broker and store have been compared', async (t) => {
    const { part, held } = partThatSees(t, [sound]);
    assert.match(held[0] ?? '', /not been compared/);
    await part.start();
    assert.equal(held.at(-1), undefined);
    assert.equal(held.length, 2);
  });

  for (const code of ['relay_broker_ahead', 'relay_other_event'] as const)
    test(`while the relay says ${code}, also once the broker is silent again`, async (t) => {
      const { part, held, see, isHeld } = partThatSees(t, [halted(code)]);
      await part.start();
      assert.equal(held.at(-1), `[${code}] it differs; decide`);
      assert.deepEqual(await part.checks[0].check(), { ok: false, reason: 'it differs', nextStep: 'decide' });
      see(silent);
      assert.ok(isHeld());
      see(sound);
      assert.ok(!isHeld());
    });

  test('through the first silence of a broker that is being started as well', async (t) => {
    const { part, held, isHeld } = partThatSees(t, [silent, silent, halted('relay_broker_ahead')]);
    await part.start();
    assert.ok(isHeld());
    assert.ok(!held.includes(undefined), 'no append could slip through');
  });

  test('no longer than the patience for a broker that is not there, or does not answer', async (t) => {
    const away = partThatSees(t, [], { isReachable: false, brokerPatienceMs: 10 });
    await away.part.start();
    assert.ok(!away.isHeld());
    const mute = partThatSees(t, [silent], { brokerPatienceMs: 10 });
    await mute.part.start();
    mute.see(silent);
    assert.ok(!mute.isHeld());
  });

  test('not for a stream that is somebody else’s: no event could be imported from it', async (t) => {
    const { part, isHeld } = partThatSees(t, [halted('relay_foreign_stream')]);
    await part.start();
    assert.ok(!isHeld());
  });
});
