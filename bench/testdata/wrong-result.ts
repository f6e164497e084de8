/** A contender that finds its own result wrong. */
import { Type } from 'typebox';
import { check, contend } from '../harness/contender.ts';

await contend(Type.Object({ seconds: Type.Number() }), async () => {
  check(Number('2') === 3, '3 events were acked, the log has 2');
  return { figures: { perSecond: 1_000_000 } };
});
