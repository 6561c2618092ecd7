import { expect, test, vi } from 'vitest';
import { SessionEnd } from '../../../src-main/app/session-end.ts';

vi.mock('electron', () => import('../../support/electron-in-memory.ts'));
const { app, BaseWindow } = (await import(
  'electron'
)) as unknown as typeof import('../../support/electron-in-memory.ts');

test('the end of a session of Windows waits for the quit, which is asked for once', () => {
  const quit = vi.spyOn(app, 'quit').mockImplementation(() => undefined);
  const sessionEnd = new SessionEnd(() => quit.mock.calls.length > 0);
  sessionEnd.start('win32');
  const [window] = BaseWindow.getAllWindows();
  const preventDefault = vi.fn();
  window?.emit('query-session-end', { preventDefault });
  window?.emit('query-session-end', { preventDefault });
  expect(preventDefault).toHaveBeenCalledTimes(2);
  expect(quit).toHaveBeenCalledOnce();
  sessionEnd.stop();
  expect(BaseWindow.getAllWindows()).toEqual([]);
});

test('other systems tell of it by a signal or an event, and need no window', () => {
  new SessionEnd(() => false).start('linux');
  expect(BaseWindow.getAllWindows()).toEqual([]);
});
