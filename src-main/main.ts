import { app } from 'electron';
import { openWindow } from './app/window.ts';

app.enableSandbox();
app.on('window-all-closed', () => app.quit());
await app.whenReady();
await openWindow();
