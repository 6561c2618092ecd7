import { type BaseWindow, Menu, type MenuItemConstructorOptions } from 'electron';
import type { Texts } from './texts/texts-for.ts';

/** The application's menu, native, with the accelerators that each system has for these roles. */
export function setApplicationMenu(texts: Texts, platform: string): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(makeTemplate(texts, platform)));
}

function makeTemplate(texts: Texts, platform: string): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const about: MenuItemConstructorOptions = { role: 'about', label: texts.about };
  const quit: MenuItemConstructorOptions = { role: 'quit', label: texts.quit, accelerator: 'CommandOrControl+Q' };
  const close: MenuItemConstructorOptions = {
    label: texts.close,
    accelerator: 'CommandOrControl+W',
    click: (_item, window: BaseWindow | undefined) => window?.close(),
  };
  const first: MenuItemConstructorOptions[] = isMac
    ? [
        { label: 'Shoal', submenu: [about, { type: 'separator' }, quit] },
        { label: texts.file, submenu: [close] },
      ]
    : [{ label: texts.file, submenu: [about, close, { type: 'separator' }, quit] }];
  return [...first, ...commonMenus(texts)];
}

const commonMenus = (texts: Texts): MenuItemConstructorOptions[] => [
  {
    label: texts.edit,
    submenu: [
      { role: 'undo', label: texts.undo },
      { role: 'redo', label: texts.redo },
      { type: 'separator' },
      { role: 'cut', label: texts.cut },
      { role: 'copy', label: texts.copy },
      { role: 'paste', label: texts.paste },
      { role: 'selectAll', label: texts.selectAll },
    ],
  },
  {
    label: texts.view,
    submenu: [
      { role: 'reload', label: texts.reload },
      { type: 'separator' },
      { role: 'resetZoom', label: texts.resetZoom },
      { role: 'zoomIn', label: texts.zoomIn },
      { role: 'zoomOut', label: texts.zoomOut },
      { type: 'separator' },
      { role: 'togglefullscreen', label: texts.fullScreen },
    ],
  },
  { label: texts.window, submenu: [{ role: 'minimize', label: texts.minimize }] },
];
