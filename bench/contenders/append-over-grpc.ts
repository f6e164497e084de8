/** Appends through `AppendMany`, to one or two servers over one database; each server is a process of its own. */
import { Type } from 'typebox';
import { contend, storeTask } from '../harness/contender.ts';
import { openDatabase } from '../harness/open-database.ts';
import { startStoreServer } from '../harness/start-store-server.ts';
import { appendLoad, checkLog } from './append-load.ts';

const task = Type.Object({ ...storeTask, callers: Type.Integer(), servers: Type.Integer() });

await contend(task, async ({ databaseUrl, seconds, callers, servers }) => {
  const first = await startStoreServer(databaseUrl); // it makes the tables
  const others = await Promise.all(Array.from({ length: servers - 1 }, () => startStoreServer(databaseUrl)));
  const stores = [first, ...others];
  const load = await appendLoad({ stores, callers, mixed: false, seconds });
  await checkLog(openDatabase(databaseUrl), load.stored);
  return { figures: { perSecond: load.perSecond } };
});
