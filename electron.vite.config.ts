import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

const inRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const WORKERS = 'src-main/platform/workers';
const workers = readdirSync(inRoot(WORKERS)).filter((name) => name.endsWith('-worker.ts'));

/** Libraries that a running peer keeps in memory: docs/adr/0012. (fflate is loaded on demand, and makes a `require` of its own, as the build does.) */
const BUNDLED = [
  'chokidar',
  'commander',
  'dns-packet',
  'env-paths',
  'fast-xml-parser',
  'pino',
  'prom-client',
  'undici',
  'ws',
  'zod',
];
/** Licences of what lies in a bundle, beside it. */
const license = { fileName: 'THIRD-PARTY-LICENSES.md' };

/** Flat: platform/worker-url.ts looks for the workers beside the chunk that it was built into. */
const flat = {
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  format: 'es',
  // Source text lies in memory as long as the program runs. Names and lines stay, for the stacks of errors.
  minify: { mangle: false, compress: true, codegen: { removeWhitespace: false } },
  comments: false,
} as const;

/** The paths of packages would stand in what is built, and so where it was built. */
const noPaths = { attachDebugInfo: 'none' } as const;

/** The list of supernodes that a package is built with, checked by build/check-supernodes.ts. */
const { SUPERNODES } = process.env;
const supernodes = SUPERNODES ? [{ find: /^.*\/resources\/supernodes\.json$/, replacement: resolve(SUPERNODES) }] : [];

export default defineConfig({
  main: {
    resolve: { alias: supernodes },
    build: {
      outDir: 'out/main',
      license,
      // The others stay where npm put them: SQLite finds its binary beside its own code, and the readers of descriptors are loaded on
      // demand, in threads that end.
      externalizeDeps: { exclude: BUNDLED },
      rolldownOptions: {
        input: ['src-main/main.ts', 'src-main/cli.ts', ...workers.map((name) => `${WORKERS}/${name}`)].map(inRoot),
        output: flat,
        experimental: noPaths,
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload can load nothing but electron.
      externalizeDeps: false,
      rolldownOptions: {
        input: inRoot('src-main/preload/preload.ts'),
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
        experimental: noPaths,
      },
    },
  },
  renderer: {
    root: inRoot('src-renderer'),
    plugins: [vue()],
    build: {
      outDir: inRoot('out/renderer'),
      license,
      minify: true,
      rolldownOptions: { input: inRoot('src-renderer/index.html') },
    },
  },
});
