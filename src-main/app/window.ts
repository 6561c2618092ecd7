import { fileURLToPath } from 'node:url';
import { app, BrowserWindow } from 'electron';

/** Both lie beside the folder of the built main process. */
const PRELOAD = fileURLToPath(new URL('../preload/preload.cjs', import.meta.url));
const PAGE = fileURLToPath(new URL('../renderer/index.html', import.meta.url));

/** Opens the window. Its page is isolated, sandboxed, and can go nowhere else. */
export async function openWindow(): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    width: 900,
    height: 600,
    webPreferences: {
      preload: PRELOAD,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      additionalArguments: [`--shoal-version=${app.getVersion()}`],
    },
  });
  const { webContents } = window;
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('will-navigate', (event) => event.preventDefault());
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  await window.loadFile(PAGE);
  return window;
}
