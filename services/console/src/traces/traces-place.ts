/** Where this system's traces are, by the settings that every process has. Pure. */
import type { CommonSettings } from '@eventstream/platform';
import type { TracesPlace } from '../api/session.ts';

/** Here, unless the environment names another place, or none. */
export function tracesPlaceOf(
  settings: Pick<CommonSettings, 'TRACES_EXPORTER' | 'ZIPKIN_URL' | 'OTLP_URL'>,
): TracesPlace {
  const { TRACES_EXPORTER: exporter, ZIPKIN_URL: zipkin, OTLP_URL: otlp } = settings;
  if (exporter === 'none') return { kind: 'off', why: 'Nothing is traced: TRACES_EXPORTER is none.' };
  if (zipkin !== undefined && exporter !== 'otlp') return { kind: 'elsewhere', url: new URL(zipkin).origin };
  if (otlp !== undefined) return { kind: 'off', why: `Traces go to the OTLP collector at ${new URL(otlp).origin}.` };
  return { kind: 'here' };
}
