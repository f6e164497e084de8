/** Disks that are full. */
import { join } from 'node:path';
import { pause } from '../pause.ts';
import { fill } from '../stage/small-disks.ts';
import type { Fault } from './fault.ts';

const full = (name: string, folderName: 'postgres' | 'nats'): Fault => ({
  name,
  family: 'disk',
  lane: 'surroundings',
  async inflict({ folder, postgres, broker }, draw, over) {
    const makeRoom = await fill(join(folder, folderName));
    try {
      await pause(draw.between(3_000, 7_000), over);
    } finally {
      makeRoom();
    }
    await Promise.all([postgres.ready(), broker.ready()]);
    return 1;
  },
});

/** The disk of either server. */
export const diskFaults: readonly Fault[] = [
  full('fill the disk under PostgreSQL', 'postgres'),
  full('fill the disk under the broker', 'nats'),
];
