import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettingsFile } from './settings-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'eventstream-settings-'));
test.after(() => rmSync(folder, { recursive: true }));

function settingsOf(bytes: string | Uint8Array, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const file = join(folder, '.env');
  writeFileSync(file, bytes);
  readSettingsFile(env, file);
  return env;
}

test('a settings file is read whatever editor it comes from, and what the environment says goes before it', () => {
  const env = { REVIEW_WITHIN: '9s' };
  const read = settingsOf('\uFEFFSQL_URL=postgres://here\r\nREVIEW_WITHIN=3s\r\nLOG_LEVEL=warn', env);
  assert.deepEqual({ ...read }, { REVIEW_WITHIN: '9s', SQL_URL: 'postgres://here', LOG_LEVEL: 'warn' });
  readSettingsFile(env, join(folder, 'none'));
});

test('a settings file that is not text in UTF-8 is refused: nothing of it would be a setting, and nobody would say so', () => {
  const file = { code: 'settings_file_unreadable' };
  assert.throws(() => settingsOf(Buffer.from('\uFEFFSQL_URL=postgres://here', 'utf16le')), file);
  assert.throws(() => readSettingsFile({}, folder), file);
});
