import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { commonSettings, traceTarget } from './common-settings.ts';
import { Duration, formatDuration, parseDurationMs, Url } from './setting-types.ts';
import { describeSettings, readBothSettings, readSettings, SettingsError } from './settings.ts';

const schema = Type.Object({
  PORT: Type.Integer({ minimum: 1, maximum: 65535, default: 3000, description: 'Port of the HTTP server' }),
  WITHIN: Duration({ default: '5m', maximum: '1h', description: 'How long payment may take' }),
  SQL_URL: Url({ schemes: ['postgres', 'postgresql'], description: 'The database' }),
  API_KEY: Type.String({ secret: true, minLength: 8, description: 'Key of the gateway' }),
  MODE: Type.Enum(['fast', 'slow'], { default: 'fast', description: 'How' }),
  VERBOSE: Type.Boolean({ default: false, description: 'Say more' }),
  RATIO: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Share' })),
  TYPES: Type.Array(Type.String(), { default: [], description: 'Types of interest' }),
});
const valid = { SQL_URL: 'postgres://me:hunter2@localhost/db', API_KEY: 'long-enough' };

function faultsOf(env: Record<string, string>): Record<string, string> {
  try {
    readSettings(schema, env);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return Object.fromEntries(error.faults.map((fault) => [fault.name, `${fault.problem}; ${fault.allowed}`]));
  }
  return {};
}

describe('readSettings', () => {
  test('converts texts to the types of the schema and fills in defaults', () => {
    const env = { ...valid, PORT: '80', WITHIN: '90s', VERBOSE: 'true', RATIO: '0.25', TYPES: 'a, b' };
    assert.deepEqual(readSettings(schema, env), {
      ...valid,
      PORT: 80,
      WITHIN: 90_000,
      MODE: 'fast',
      VERBOSE: true,
      RATIO: 0.25,
      TYPES: ['a', 'b'],
    });
    assert.equal(readSettings(schema, valid).WITHIN, 300_000);
  });

  test('takes an empty text for not set', () => {
    assert.equal(readSettings(schema, { ...valid, PORT: '' }).PORT, 3000);
    assert.deepEqual(Object.keys(faultsOf({ ...valid, SQL_URL: '' })), ['SQL_URL']);
  });

  test('lists every fault at once, with what is allowed', () => {
    const faults = faultsOf({ PORT: '99999', WITHIN: '5', MODE: 'medium', VERBOSE: 'perhaps', RATIO: '2' });
    assert.deepEqual(Object.keys(faults), ['PORT', 'WITHIN', 'SQL_URL', 'API_KEY', 'MODE', 'VERBOSE', 'RATIO']);
    assert.match(faults['PORT'] ?? '', /"99999".*a whole number from 1 to 65535/);
    assert.match(faults['WITHIN'] ?? '', /"5" cannot be read.*from 1ms to 1h/);
    assert.match(faults['SQL_URL'] ?? '', /is not set.*postgres:\/\//);
    assert.match(faults['MODE'] ?? '', /"medium".*one of fast, slow/);
    assert.match(faults['VERBOSE'] ?? '', /true or false/);
  });

  test('never shows a secret or the password of a url', () => {
    const faults = faultsOf({ SQL_URL: 'mysql://me:hunter2@localhost/db', API_KEY: 'hunter2' });
    assert.deepEqual(Object.keys(faults), ['SQL_URL', 'API_KEY']);
    assert.doesNotMatch(JSON.stringify(faults), /hunter2/);
    assert.match(faults['API_KEY'] ?? '', /not shown/);
  });

  test('takes several urls where a cluster may be meant, and judges each', () => {
    const cluster = Type.Object({
      NATS_URL: Url({ schemes: ['nats'], description: 'The broker', several: true }),
      SQL_URL: Url({ schemes: ['nats'], description: 'One server' }),
    });
    const three = 'nats://a:4222,nats://me:hunter2@b:4222,nats://c:4222';
    assert.equal(readSettings(cluster, { NATS_URL: three, SQL_URL: 'nats://a:1' }).NATS_URL, three);
    for (const wrong of [`${three},`, `${three},http://d:1`, 'nats://a:4222, me:hunter2@b'])
      assert.throws(
        () => readSettings(cluster, { NATS_URL: wrong, SQL_URL: 'nats://a:1' }),
        (error: Error) => {
          assert.match(error.message, /NATS_URL: .* or several, separated by commas$/m);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    assert.throws(() => readSettings(cluster, { NATS_URL: three, SQL_URL: three }), /SQL_URL/);
  });

  test('takes whole numbers only where they are meant', () => {
    for (const PORT of ['1.5', '0x10', '1e3', ' 80', '80 ', 'NaN', '99999999999999999999']) {
      assert.deepEqual(Object.keys(faultsOf({ ...valid, PORT })), ['PORT'], PORT);
    }
  });

  test('of two groups lists the faults of both', () => {
    assert.throws(
      () => readBothSettings(commonSettings, schema, { ...valid, LOG_LEVEL: 'loud', PORT: 'none' }),
      (error) => error instanceof SettingsError && error.faults.map(({ name }) => name).join() === 'LOG_LEVEL,PORT',
    );
  });
});

describe('describeSettings', () => {
  test('describes each setting as .env.example shows it', () => {
    const described = Object.fromEntries(describeSettings(schema).map((setting) => [setting.name, setting]));
    assert.equal(described['WITHIN']?.default, '5m');
    assert.equal(described['SQL_URL']?.required, true);
    assert.equal(described['RATIO']?.required, false);
    assert.equal(described['API_KEY']?.secret, true);
    assert.equal(described['MODE']?.allowed, 'one of fast, slow');
  });

  test('every common setting has a description', () => {
    for (const setting of describeSettings(commonSettings)) assert.notEqual(setting.description, '', setting.name);
  });
});

describe('common settings', () => {
  test('refuse a bind address that others can reach, with the reason', () => {
    for (const BIND_ADDRESS of ['0.0.0.0', '::', '10.0.0.1', '127.example.com']) {
      assert.throws(() => readSettings(commonSettings, { BIND_ADDRESS }), /without TLS and credentials/);
    }
    for (const BIND_ADDRESS of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      assert.equal(readSettings(commonSettings, { BIND_ADDRESS }).BIND_ADDRESS, BIND_ADDRESS);
    }
  });

  test('send traces where a url says, and nowhere otherwise', () => {
    const target = (env: Record<string, string>): unknown => traceTarget(readSettings(commonSettings, env));
    assert.deepEqual(target({}), { exporter: 'none' });
    assert.deepEqual(target({ ZIPKIN_URL: 'http://z:9411' }), {
      exporter: 'zipkin',
      url: 'http://z:9411/api/v2/spans',
    });
    assert.deepEqual(target({ OTLP_URL: 'http://o:4318/v1/traces' }), {
      exporter: 'otlp',
      url: 'http://o:4318/v1/traces',
    });
    assert.deepEqual(target({ ZIPKIN_URL: 'http://z:9411', TRACES_EXPORTER: 'none' }), { exporter: 'none' });
  });
});

test('durations are read as they are written', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (ms) => parseDurationMs(formatDuration(ms)) === ms));
  assert.equal(formatDuration(86_400_000), '1d');
  assert.equal(formatDuration(90_000), '90s');
  for (const text of ['', '5', 'm', '5 m', '-5m', '1.5h', '5min']) assert.equal(parseDurationMs(text), undefined, text);
});
