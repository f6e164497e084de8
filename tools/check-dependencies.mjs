// Checks which way imports point (.dependency-cruiser.cjs), and that the check really looked: with a parser that cannot
// read TypeScript the tool reports "no violations" over no files at all.

import { existsSync, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const roots = ['packages', 'services', 'cli', 'examples', 'sim', 'chaos', 'bench'].filter((root) => existsSync(root));

const { output } = await cruise(roots, { ...options, validate: true, ruleSet: { forbidden } });
const sources = output.modules.filter(({ source }) => source.endsWith('.ts') && !source.includes('node_modules'));
const imports = sources.reduce((sum, module) => sum + module.dependencies.length, 0);
const expected = globSync(
  roots.map((root) => `${root}/**/*.ts`),
  { exclude: (name) => name === 'node_modules' || name === 'gen' },
).length;

for (const { rule, from, to, cycle } of output.summary.violations) {
  const path = cycle ? ` (${cycle.map((step) => step.name).join(' → ')})` : '';
  console.error(`${rule.name}: ${from} → ${to}${path}`);
}
if (sources.length < expected * 0.95 || imports < sources.length) {
  console.error(
    `only ${sources.length} of ${expected} files with ${imports} imports were looked at: the check is broken`,
  );
  process.exit(1);
}
if (output.summary.violations.length > 0) process.exit(1);
console.log(`dependencies: ${sources.length} files, ${imports} imports, every arrow points the right way`);
