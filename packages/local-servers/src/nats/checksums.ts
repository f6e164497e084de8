/**
 * The release of nats-server that is downloaded, and the SHA-256 of its archives. An archive that isn't listed is never
 * downloaded, one that doesn't match is thrown away.
 *
 * The sums are those of the project's SHA256SUMS file as the public index cashapp/hermit-packages (nats-server.hcl)
 * records them. The download itself has not yet been run against the project's releases. linux-arm64 isn't listed in
 * that index, so it goes on to the next source.
 */
export const pinnedVersion = '2.10.10';

/** SHA-256 by `<os>-<architecture>` as in the names of the archives. */
export const pinnedChecksums: Readonly<Record<string, string>> = {
  'linux-amd64': 'c8cd7e19b906a5f8a7f9f7e70fc4bfa492d66a069d9664c4db19fdee1b6aa640',
  'darwin-amd64': '5b6bfed8f75ecb2f6465b87334f4e757a66c32b6c5f802e964a080a3716ffffb',
  'darwin-arm64': '8af6cbd8f3f21bcec164d17bc879d3e7807cd98e1c7839ac668986a71c4e52c6',
};
