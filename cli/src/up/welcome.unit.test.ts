import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultDataDir } from './data-folder.ts';
import { welcome } from './welcome.ts';

const said = (dataDir: string): string =>
  welcome({
    dataDir,
    httpUrl: 'http://127.0.0.1:3000',
    parts: [{ name: 'postgres', version: '18.4', restarts: 0, state: 'ready', addresses: ['127.0.0.1:26257'] }],
  });

describe('what a start says at its end', () => {
  test('names servers with their version', () => {
    assert.match(said(defaultDataDir), /^postgres 18\.4 +127\.0\.0\.1:26257$/m);
  });

  test('names commands that find this system, wherever its data is', () => {
    assert.match(said(defaultDataDir), /^From another terminal: npx eventstream status \| logs \| verify$/m);
    assert.match(said('/var/lib/orders'), / \| verify --data-dir \/var\/lib\/orders$/m);
    assert.match(said("/srv/it's here"), / --data-dir '\/srv\/it'\\''s here'$/m);
  });
});
