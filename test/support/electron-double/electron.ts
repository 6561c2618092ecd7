/** What `import … from 'electron'` gives in tests: see README.md for what it cannot prove. */
export { app } from './app.ts';
export {
  BaseWindow,
  dialog,
  Menu,
  MenuItem,
  Notification,
  nativeImage,
  powerMonitor,
  powerSaveBlocker,
  screen,
  shell,
  Tray,
} from './desktop.ts';
export { protocol, session } from './session.ts';
export { BrowserWindow, ipcMain } from './windows.ts';
