import { app, BrowserWindow, dialog, type NativeImage, type WebContents } from 'electron';
import type { ShellHandlers } from '../contract/shell.ts';
import type { OwnFiles } from './own-files.ts';
import type { Texts } from './texts/texts-for.ts';

type Deps = { readonly files: OwnFiles; readonly texts: () => Texts; readonly dragIcon: NativeImage };

/** What the page of `sender` may have the desktop do. */
export const makeShellHandlers = ({ files, texts, dragIcon }: Deps, sender: WebContents): ShellHandlers => ({
  'choose-folder': async () => {
    const options = { title: texts().chooseFolder, properties: ['openDirectory', 'createDirectory'] as const };
    const window = BrowserWindow.fromWebContents(sender);
    const chosen = { ...options, properties: [...options.properties] };
    const { filePaths } = await (window ? dialog.showOpenDialog(window, chosen) : dialog.showOpenDialog(chosen));
    return filePaths[0] ?? null;
  },
  'open-file': (target) => files.open(target),
  reveal: async (target) => {
    await files.reveal(target);
    return null;
  },
  'start-drag': async (target) => {
    sender.startDrag({ file: await files.pathOf(target), icon: dragIcon });
    return null;
  },
  'set-badge': ({ count }) => {
    app.setBadgeCount(count);
    return null;
  },
  quit: () => {
    app.quit();
    return null;
  },
});
