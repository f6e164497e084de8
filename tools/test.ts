// `npm test`: every check, then every test. All of them run, also after a failure; the end lists what failed.
//   npm test                   everything
//   npm test -- check          format, lint, types, imports, dead code, contracts
//   npm test -- unit int e2e   the tests of these tiers
//   npm test -- PATH…          the tests in these files, folders or patterns
import { checks, runCheck } from './checks.ts';
import { filesOfTier, isTier, runTests, type Tier, testFilesAt, tiers } from './run-tests.ts';

/** One line of the closing summary. */
interface Step {
  readonly name: string;
  readonly passed: boolean;
  readonly ms: number;
  /** What failed in it, and below each why. */
  readonly failures: readonly string[];
}

const startedMs = performance.now();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const { wantsChecks, plan } = readArguments(process.argv.slice(2));
const steps: Step[] = [];
const tests = { passed: 0, failed: 0, skipped: 0 };

if (wantsChecks) {
  for (const check of checks) {
    await step(check.name, async () => {
      const passed = await runCheck(check, interrupted.signal);
      return { passed, failures: passed ? [] : [check.whenFailed] };
    });
  }
}
for (const { tier, files } of plan) {
  await step(`${tier} tests`, async () => {
    const result = await runTests(tier, files, interrupted.signal);
    tests.passed += result.passed;
    tests.failed += result.failures.length;
    tests.skipped += result.skipped;
    return { passed: result.failures.length === 0, failures: result.failures };
  });
}
summarize();

async function step(name: string, run: () => Promise<{ passed: boolean; failures: readonly string[] }>): Promise<void> {
  if (interrupted.signal.aborted) return;
  console.log(`\n── ${name}`);
  const stepStartedMs = performance.now();
  const { passed, failures } = await run();
  const ms = performance.now() - stepStartedMs;
  steps.push({ name, passed, ms, failures });
  console.log(`── ${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds(ms)}`);
}

function summarize(): void {
  console.log('\n── summary');
  for (const { name, passed, ms, failures } of steps) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(16)} ${seconds(ms).padStart(8)}`);
    for (const failure of failures) console.log(failure.replace(/^/gm, '          '));
  }
  const allPassed = steps.every(({ passed }) => passed);
  const verdict = interrupted.signal.aborted ? 'Interrupted' : allPassed ? 'Everything passed' : 'Something FAILED';
  console.log(`${verdict} in ${seconds(performance.now() - startedMs)}.`);
  if (plan.length > 0) console.log(`${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`);
  process.exitCode = allPassed && !interrupted.signal.aborted ? 0 : 1;
}

/** What to run. A word that names nothing is a mistake, not a success. */
function readArguments(words: readonly string[]): { wantsChecks: boolean; plan: { tier: Tier; files: string[] }[] } {
  const wantsAll = words.length === 0;
  const paths = words.filter((word) => word !== 'check' && !isTier(word));
  const asked = paths.flatMap((path) => {
    const files = testFilesAt(path);
    if (files.length === 0) {
      console.error(`No test file at ${path}. Say check, ${tiers.join(', ')}, or a file, a folder or a pattern.`);
      process.exit(2);
    }
    return files;
  });
  const wanted = tiers.map((tier) => {
    const files = wantsAll || words.includes(tier) ? testFilesAt('.') : asked;
    return { tier, files: filesOfTier(tier, [...new Set(files)]) };
  });
  return { wantsChecks: wantsAll || words.includes('check'), plan: wanted.filter(({ files }) => files.length > 0) };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
