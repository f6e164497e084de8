/** Settings may lie in a file `.env` at the root of the repository (see `.env.example`). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './up/data-folder.ts';

/** Reads the file when there is one. What the environment already says goes before it. */
export function readSettingsFile(): void {
  const file = join(repositoryRoot, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}
