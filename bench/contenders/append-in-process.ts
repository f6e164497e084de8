/** The event store in one process with its callers: dense positions, revisions and ids checked, durable. */
import { Type } from 'typebox';
import { contend, storeTask } from '../harness/contender.ts';
import { openStore } from '../harness/open-store.ts';
import { appendLoad, checkLog } from './append-load.ts';

const task = Type.Object({ ...storeTask, callers: Type.Integer(), mixed: Type.Boolean() });

await contend(task, async ({ databaseUrl, seconds, callers, mixed }) => {
  const { sql, store } = await openStore(databaseUrl);
  const load = await appendLoad({ stores: [store], callers, mixed, seconds });
  await checkLog(sql, load.stored);
  return { figures: { perSecond: load.perSecond } };
});
