import { expect, test, vi } from 'vitest';
import { guardSession } from '../../../src-main/app/session-rules.ts';

vi.mock('electron', () => import('../../support/electron-in-memory.ts'));
const { session } = (await import('electron')) as unknown as typeof import('../../support/electron-in-memory.ts');

type Asker = { readonly isMainFrame: boolean; readonly requestingUrl?: string };

/** What the check and the request of that permission are answered. */
function ask(permission: string, asker: Asker): readonly boolean[] {
  const { defaultSession } = session;
  const answers: boolean[] = [];
  vi.spyOn(defaultSession, 'setPermissionCheckHandler').mockImplementation(((
    check: (contents: null, permission: string, origin: string, asker: Asker) => boolean,
  ) => answers.push(check(null, permission, '', asker))) as never);
  vi.spyOn(defaultSession, 'setPermissionRequestHandler').mockImplementation(((
    request: (contents: null, permission: string, answer: (isAllowed: boolean) => void, asker: Asker) => void,
  ) => request(null, permission, (isAllowed) => answers.push(isAllowed), asker)) as never);
  guardSession(defaultSession as never);
  return answers;
}

const PAGE = { isMainFrame: true, requestingUrl: 'shoal-page://app/#/library' };

test('the page itself may fill the screen, and write to the clipboard', () => {
  expect(ask('fullscreen', PAGE)).toEqual([true, true]);
  expect(ask('clipboard-sanitized-write', PAGE)).toEqual([true, true]);
});

test.each([
  ['a frame in it', { ...PAGE, isMainFrame: false }],
  ['a shown file', { ...PAGE, requestingUrl: 'shoal-media://app/media/download/0123abcd' }],
  ['whoever has no page', { isMainFrame: true }],
])('%s may not fill the screen', (_who, asker) => {
  expect(ask('fullscreen', asker)).toEqual([false, false]);
});

test('the page may nothing else', () => {
  for (const permission of ['clipboard-read', 'media', 'notifications', 'openExternal'])
    expect(ask(permission, PAGE)).toEqual([false, false]);
});
