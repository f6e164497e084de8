/**
 * Builds the page into static files, from what is installed and nothing else: `node services/console/web/build.ts [--out DIR]`.
 * Ends with 1 when it could not. `npm start` runs it when the sources have changed.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const { values } = parseArgs({ options: { out: { type: 'string', default: join(import.meta.dirname, 'dist') } } });

try {
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir: resolve(values.out),
      emptyOutDir: true,
      target: 'es2023',
      // The console's content security policy lets no inline script run, and every browser that runs the rest preloads by itself.
      modulePreload: { polyfill: false },
      // Fonts and pictures as data: addresses would need an exception for each kind.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 600,
    },
  });
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
}
