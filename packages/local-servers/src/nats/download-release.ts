/** Downloads the pinned release of nats-server into the cache and checks it. */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '@eventstream/platform';
import { extract } from 'tar';
import { pinnedChecksums, pinnedVersion } from './checksums.ts';

const releases = 'https://github.com/nats-io/nats-server/releases/download';
const maxAnswerMs = 10_000;
const maxArchiveBytes = 64 * 1024 * 1024;

/** What a download needs to know; the defaults are this machine and the pinned release. */
export interface ReleaseRequest {
  readonly cacheDir: string;
  /** Where `v<version>/<archive>` is found; a mirror, or a server of a test. Default `NATS_SERVER_MIRROR`, then the project's releases. */
  readonly baseUrl?: string;
  readonly version?: string;
  readonly checksums?: Readonly<Record<string, string>>;
}

/**
 * Downloads, checks and unpacks the release; the path of the program. Throws `nats_release_unlisted` where no checksum is known for
 * this platform, `nats_release_checksum` for a wrong archive, and what the network throws.
 */
export async function downloadRelease(request: ReleaseRequest): Promise<string> {
  const version = request.version ?? pinnedVersion;
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = (request.checksums ?? pinnedChecksums)[platform];
  if (expected === undefined) {
    throw new CodedError('nats_release_unlisted', `No checked release of nats-server is listed for ${platform}.`);
  }
  const name = `nats-server-v${version}-${platform}`;
  const base = request.baseUrl ?? (process.env['NATS_SERVER_MIRROR'] || releases);
  const archive = await fetchArchive(`${base}/v${version}/${name}.tar.gz`);
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== expected) {
    throw new CodedError('nats_release_checksum', `The downloaded ${name}.tar.gz is not the expected one.`, {
      details: { expected, found },
      nextStep:
        'Something on the way changed it (a proxy, a mirror). Install nats-server by hand and put it on the PATH.',
    });
  }
  return unpack(archive, { into: join(request.cacheDir, version), name });
}

/** HTTPS_PROXY is honoured by Node itself, which the launcher starts with NODE_USE_ENV_PROXY when that variable is set. */
async function fetchArchive(url: string): Promise<Buffer> {
  const answered = new AbortController();
  const timer = setTimeout(() => answered.abort(new Error(`no answer from ${url} in ${maxAnswerMs} ms`)), maxAnswerMs);
  const response = await fetch(url, { signal: answered.signal }).finally(() => clearTimeout(timer));
  if (!response.ok) throw new CodedError('nats_release_download', `${url} answered ${response.status}.`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxArchiveBytes)
      throw new CodedError('nats_release_download', `${url} is larger than ${maxArchiveBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Unpacks beside the target and renames, so that a program in the cache is always a whole one. */
async function unpack(archive: Buffer, { into, name }: { into: string; name: string }): Promise<string> {
  const unfinished = `${into}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const only = (path: string) => path === `${name}/nats-server`;
    await pipeline(Readable.from([archive]), extract({ cwd: unfinished, strip: 1, filter: only }));
    rmSync(into, { recursive: true, force: true });
    renameSync(unfinished, into);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return join(into, 'nats-server');
}
