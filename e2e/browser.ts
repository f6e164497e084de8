/** A real browser for tests: Chromium as the system has it. In CI, as root on Debian, it is installed when it is missing. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const folders = ['/usr/bin', '/usr/local/bin', '/snap/bin'];
const application = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const packages = ['chromium', 'fonts-dejavu-core'];
const installMsMax = 240_000;

/** Where Chromium is; or which command brings it. */
export type FoundChromium = { readonly path: string } | { readonly missing: string };

export function findChromium(): FoundChromium {
  const found = lookForChromium() ?? (maySelfInstall() ? install() : undefined);
  return found === undefined ? { missing: `these tests need Chromium: ${howToInstall()}` } : { path: found };
}

function lookForChromium(): string | undefined {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), ...folders];
  return [...places.flatMap((folder) => names.map((name) => join(folder, name))), application].find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const hasApt = (): boolean => existsSync('/usr/bin/apt-get');

/** Only a machine that nobody owns is changed by a test. */
function maySelfInstall(): boolean {
  return process.env['CI'] === 'true' && process.getuid?.() === 0 && hasApt();
}

function install(): string | undefined {
  console.log('Installing Chromium for the tests of the console …');
  const run = (...args: string[]): boolean =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: installMsMax,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const installed = run('update', '-q') && run('install', '-y', '-q', '--no-install-recommends', ...packages);
  return installed ? lookForChromium() : undefined;
}

function howToInstall(): string {
  if (hasApt()) return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
  return process.platform === 'darwin'
    ? 'brew install --cask google-chrome'
    : 'install chromium with your package manager';
}

/** Nothing that reaches out by itself: tests run without a network. */
const quietly = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: Browser | undefined;
after(async () => {
  await browser?.close();
});

/** A page of its own, and everything that it complained of. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught ones, and what the content security policy kept away. */
  readonly complaints: readonly string[];
}

/** Opens a page in a session of its own. The browser ends with the test file. */
export async function openPage(path: string, options: BrowserContextOptions = {}): Promise<OpenedPage> {
  browser ??= await chromium.launch({ executablePath: path, args: quietly });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.setDefaultTimeout(20_000);
  return { page, complaints };
}
