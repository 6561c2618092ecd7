// @vitest-environment happy-dom
import { createPinia } from 'pinia';
import { expect, test } from 'vitest';
import { createApp } from 'vue';
import { AppError } from '../../../src-main/contract/errors.ts';
import { useAttemptEach } from '../../../src-renderer/composables/attempt.ts';
import { makeI18n } from '../../../src-renderer/i18n/index.ts';
import { useNotices } from '../../../src-renderer/stores/notices.ts';

type Each = ReturnType<typeof useAttemptEach>;

function inPage(): { readonly each: Each; readonly notices: ReturnType<typeof useNotices> } {
  const pinia = createPinia();
  let each: Each | undefined;
  const setup = () => {
    each = useAttemptEach();
    return () => null;
  };
  createApp({ setup }).use(pinia).use(makeI18n()).mount(document.createElement('div'));
  return { each: each as Each, notices: useNotices(pinia) };
}
const failAt = (bad: readonly number[]) => (row: number) =>
  bad.includes(row) ? Promise.reject(new AppError('download.unknown', { id: row })) : Promise.resolve();

test('what is done for many is done for those after a failure too, and the failures are told in one line', async () => {
  const { each, notices } = inPage();
  expect(await each([1, 2, 3, 4], failAt([2, 3]))).toEqual([1, 4]);
  expect(notices.notices.map(({ kind, text }) => [kind, text])).toEqual([
    ['error', expect.stringMatching(/^2 of 4 could not be done\. .*download/i)],
  ]);
});

test('one failure alone says why, and none says nothing', async () => {
  const { each, notices } = inPage();
  expect(await each([1, 2], failAt([]))).toEqual([1, 2]);
  expect(notices.notices).toEqual([]);
  expect(await each([1, 2], failAt([2]))).toEqual([1]);
  expect(notices.notices.map(({ text }) => text)).toEqual([expect.not.stringContaining('could not be done')]);
});
