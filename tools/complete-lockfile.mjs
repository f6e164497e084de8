// Adds to package-lock.json the packages of other platforms that npm left out of it. npm does so when they aren't to be had from
// the registry it is used with, or from an existing node_modules (a known fault of npm); afterwards `npm ci` refuses the
// lockfile, here and on those platforms. With --check nothing is written, and what is missing is an error.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'aix'];
const processors = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => findEntry(path, name) === undefined)
    .map(([name, version]) => ({ name, version, dev })),
);
for (const { name, version, dev } of missing) {
  if (!/^\d+\.\d+\.\d+[\w.+-]*$/.test(version))
    throw new Error(`${name}@${version} is no exact version: add it by hand`);
  lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), ...(dev ? { dev } : {}), optional: true };
}

if (missing.length > 0 && process.argv.includes('--check')) {
  const names = missing.map(({ name }) => name).join(', ');
  console.error(`package-lock.json lacks ${names}: run \`node tools/complete-lockfile.mjs\``);
  process.exitCode = 1;
} else if (missing.length > 0) {
  const root = lock.packages[''];
  const sorted = Object.entries(lock.packages).filter(([path]) => path !== '');
  sorted.sort(([one], [other]) => one.localeCompare(other, 'en'));
  lock.packages = { '': root, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${missing.length} packages`);
}

/** The entry that `name` resolves to for the package at `path`: in its own node_modules, or in one above. */
function findEntry(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const found = lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
    if (!folder.includes('node_modules/')) folder = '';
  }
}

/** The platform a package is for, by its name: npm skips it elsewhere without asking the registry. */
function platformOf(name) {
  const words = name.split(/[^a-z0-9]+/i);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) =>
    words.some((word) => word === processor || (processor === 'arm' && /^(armv?7|gnueabihf|arm)$/.test(word))),
  );
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return { ...(os.length ? { os } : {}), ...(cpu.length ? { cpu } : {}), ...(libc.length ? { libc } : {}) };
}
