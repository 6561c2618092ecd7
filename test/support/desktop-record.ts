import type { Menu } from 'electron';
import type { ShellApp } from './shell-app.ts';

type Click = () => unknown;
type Kept = {
  notes: { readonly title: string; readonly body: string; readonly click: Click }[];
  shown: string[];
  opened: string[];
  questions: { readonly message: string; readonly default: string }[];
  /** What is pressed when something is asked; the default when there is no such button. */
  presses?: string;
  menu?: Menu;
};
/** Where the main process keeps it. */
type Keeper = { kept: Kept };

/** From now on the desktop is not touched: what would be shown, opened or told is kept. */
export const recordDesktop = (app: ShellApp): Promise<void> =>
  app.inMain(({ Notification, Tray, dialog, shell }) => {
    const kept: Kept = { notes: [], shown: [], opened: [], questions: [] };
    (globalThis as unknown as Keeper).kept = kept;
    Notification.prototype.show = function show() {
      kept.notes.push({ title: this.title, body: this.body, click: () => this.emit('click', {}) });
    };
    const setContextMenu = Tray.prototype.setContextMenu;
    Tray.prototype.setContextMenu = function keep(menu) {
      if (menu) kept.menu = menu;
      setContextMenu.call(this, menu);
    };
    dialog.showMessageBox = async (...given: unknown[]) => {
      const { message, buttons = [], defaultId = 0 } = given.at(-1) as Electron.MessageBoxOptions;
      kept.questions.push({ message, default: buttons[defaultId] ?? '' });
      const pressed = buttons.indexOf(kept.presses ?? '');
      return { response: pressed < 0 ? defaultId : pressed, checkboxChecked: false };
    };
    shell.showItemInFolder = (path) => void kept.shown.push(path);
    shell.openPath = async (path) => {
      kept.opened.push(path);
      return '';
    };
  }, null);

/** What was kept so far. */
export const recorded = (app: ShellApp) =>
  app.inMain(() => {
    const { notes, shown, opened, questions } = (globalThis as unknown as Keeper).kept;
    return { notes: notes.map(({ title, body }) => ({ title, body })), shown, opened, questions };
  }, null);

export const clickNote = (app: ShellApp, title: string): Promise<unknown> =>
  app.inMain((_electron, wanted) => {
    (globalThis as unknown as Keeper).kept.notes.find((note) => note.title === wanted)?.click();
  }, title);

/** What is pressed from now on when something is asked. */
export const pressFromNow = (app: ShellApp, button: string): Promise<void> =>
  app.inMain((_electron, wanted) => {
    (globalThis as unknown as Keeper).kept.presses = wanted;
  }, button);

/** Which entries of the tray's menu can be clicked, by id; undefined before the menu changed. */
export const trayEntries = (app: ShellApp): Promise<Record<string, boolean> | undefined> =>
  app.inMain(() => {
    const { menu } = (globalThis as unknown as Keeper).kept;
    return menu && Object.fromEntries(menu.items.filter(({ id }) => id).map(({ id, enabled }) => [id, enabled]));
  }, null);

export const clickTray = (app: ShellApp, id: string): Promise<void> =>
  app.inMain((_electron, wanted) => {
    (globalThis as unknown as Keeper).kept.menu?.getMenuItemById(wanted)?.click();
  }, id);
