import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError } from '@eventstream/platform';
import { explainFailure } from './explain-failure.ts';

const database = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('what the bootstrapper says when it fails', () => {
  test('is why a migration failed, not only that it did', () => {
    const cause = database('42P07', 'relation "orders" already exists');
    const failed = new CodedError('migration_failed', 'read-model: migration 2 failed', { cause, nextStep: 'see why' });
    assert.equal(explainFailure(failed), 'read-model: migration 2 failed: relation "orders" already exists\nsee why');
  });

  test('is who must do it when this user may not', () => {
    assert.match(
      explainFailure(database('42501', 'must be owner of table events')),
      /^must be owner of table events\nlet ADMIN_SQL_URL/,
    );
  });

  test('has no next step when nobody knows one', () => {
    assert.equal(explainFailure('odd'), 'odd');
  });
});
