import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { instrument } from './instrument.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Libraries that read what strangers sent: where they go says as much as where our code goes. */
const READERS = ['fast-xml-parser', 'dns-packet', 'music-metadata', 'file-type', 'image-size', 'fflate', 'zod'];
const isReader = (id: string): boolean => READERS.some((name) => id.includes(`/node_modules/${name}/`));

/** Builds the thread of this name into `folder`, our code and those libraries with each of their branches counted; gives its address. */
export async function buildThread(name: string, folder: string): Promise<URL> {
  // What is not built in is found as from here.
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules')).catch(() => undefined);
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    plugins: [instrument((id) => id.startsWith(join(ROOT, 'src-main/')) || isReader(id))],
    ssr: { noExternal: READERS },
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      ssr: join(ROOT, 'test/fuzz/machine', `${name}-thread.ts`),
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return pathToFileURL(join(folder, `${name}.mjs`));
}
