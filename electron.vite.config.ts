import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

const inRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const WORKERS = 'src-main/platform/workers';
const workers = readdirSync(inRoot(WORKERS)).filter((name) => name.endsWith('-worker.ts'));

/** Flat: platform/worker-url.ts looks for the workers beside the chunk that it was built into. */
const flat = { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', format: 'es' } as const;

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // Libraries stay where npm put them: native ones find their binaries there, and licences stay beside their code.
      externalizeDeps: true,
      rolldownOptions: {
        input: ['src-main/main.ts', 'src-main/cli.ts', ...workers.map((name) => `${WORKERS}/${name}`)].map(inRoot),
        output: flat,
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
      },
    },
  },
  renderer: {
    root: inRoot('src-renderer'),
    plugins: [vue()],
    build: { outDir: inRoot('out/renderer'), rolldownOptions: { input: inRoot('src-renderer/index.html') } },
  },
});
