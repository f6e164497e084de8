/**
 * What a process says about itself at /about: its version, when it began, and the settings it really runs with. Secrets
 * are not in it, nor the passwords in addresses, so that whoever may look at a process may look at this.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TObject } from 'typebox';
import { type ShownSetting, showSettings } from '../settings/settings.ts';

/** A process as it runs. */
export interface About {
  readonly name: string;
  /** All parts of a checkout have one version. */
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly settings: readonly ShownSetting[];
}

/** The version that every workspace of this checkout has. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return String(version);
}

/** Describes this process. */
export function aboutThisProcess(
  name: string,
  settings: readonly { readonly schema: TObject; readonly values: Readonly<Record<string, unknown>> }[],
): About {
  return {
    name,
    version: ownVersion(),
    node: process.version,
    pid: process.pid,
    startedAtMs: Math.round(performance.timeOrigin),
    settings: settings.flatMap(({ schema, values }) => showSettings(schema, values)),
  };
}
