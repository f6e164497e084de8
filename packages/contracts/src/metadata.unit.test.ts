import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metadataFault } from './metadata.ts';

describe('metadata', () => {
  for (const [what, metadata, fault] of [
    ['a name with a blank', { 'a b': 'x' }, /name "a b"/],
    ['a name with a colon', { 'a:b': 'x' }, /name "a:b"/],
    ['a name that is no name', { '': 'x' }, /name ""/],
    ['a name that begins with a dot', { '.a': 'x' }, /name ".a"/],
    ['a name of more than 64 characters', { ['a'.repeat(65)]: 'x' }, /name/],
    ['a line break', { actor: 'a\r\nNats-Msg-Id: x' }, /actor/],
    ['a NUL', { actor: 'a\0b' }, /actor/],
    ['a letter beyond ASCII', { actor: 'é' }, /actor/],
    ['half a surrogate pair', { actor: '\ud800' }, /actor/],
    ['an outer blank', { fine: 'x', actor: ' x' }, /actor/],
  ] as const)
    test(`with ${what} are refused`, () => assert.match(metadataFault(metadata) ?? '', fault));

  test('that are printable pass, empty ones too', () => {
    assert.equal(metadataFault({ actor: 'operator:ada b', empty: '', 'schema-version': '1', A_b: '~!"%' }), undefined);
    assert.equal(metadataFault({}), undefined);
  });
});
