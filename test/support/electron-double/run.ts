import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Runs the built entry of the application with the double in place of Electron: `node run.ts WORDS…`, with an IPC channel to the test. */

const ELECTRON = new URL('electron.ts', import.meta.url).href;
const MAIN = new URL('../../../out/main/main.js', import.meta.url);

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: ELECTRON, shortCircuit: true } : next(specifier, context),
});
// As Electron's: the program, the folder of the application, the words.
process.argv = [process.execPath, fileURLToPath(new URL('../../..', import.meta.url)), ...process.argv.slice(2)];

const electron = await import('./electron.ts');
await import(MAIN.href);
electron.app.becomeReady();

type Asked = {
  readonly id: number;
  readonly kind: 'main' | 'page' | 'frame';
  readonly source: string;
  readonly input: unknown;
};

async function answer({ kind, source, input }: Asked): Promise<unknown> {
  // Written by the test as a function, and sent as its text.
  if (kind === 'main') return new Function(`return (${source})`)()(electron, input);
  const contents = electron.BrowserWindow.getAllWindows()[0]?.webContents;
  if (!contents) throw new Error('no window');
  if (kind === 'frame') return contents.invokeFromFrame(source, input);
  return contents.evaluate(`(${source})(${JSON.stringify(input)})`);
}

process.on('message', (asked: Asked) => {
  answer(asked).then(
    (value) => process.send?.({ id: asked.id, value }),
    (error: unknown) => process.send?.({ id: asked.id, error: String(error) }),
  );
});
