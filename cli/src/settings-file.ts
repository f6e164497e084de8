/** Settings may lie in a file `.env` at the root of the repository (see `.env.example`). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CodedError, messageOf } from '@eventstream/platform';
import { repositoryRoot } from './up/data-folder.ts';

/** Reads the file when there is one. What the environment already says goes before it. */
export function readSettingsFile(env: NodeJS.ProcessEnv = process.env, file = join(repositoryRoot, '.env')): void {
  if (!existsSync(file)) return;
  for (const [name, value] of Object.entries(parseEnv(textOf(file)))) env[name] ??= value;
}

/** Without the mark that some editors put before the first line: with it that line would be no setting of ours, unsaid. */
function textOf(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new CodedError('settings_file_unreadable', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
      nextStep: 'Save it as text in UTF-8, or remove it.',
    });
  }
}
