import { expect, test, vi } from 'vitest';
import { answerMediaRequest } from '../../../src-main/app/media-scheme.ts';
import type { Media, MediaApi } from '../../../src-main/contract/media.ts';
import { answerMedia } from '../../../src-main/face/media-answer.ts';

/** A file of text; counts how often it was closed. */
function makeApi(text: string) {
  const bytes = new TextEncoder().encode(text);
  const closed: string[] = [];
  const media: Media = {
    name: 'notes.txt',
    size: bytes.length,
    type: 'text/plain; charset=utf-8',
    async *read({ start, end }) {
      for (let at = start; at <= end; at += 4) yield bytes.subarray(at, Math.min(at + 4, end + 1));
    },
    close: async () => void closed.push('closed'),
  };
  const api: MediaApi = { media: async () => media };
  return { api, closed };
}

const URL_OF_FILE = `shoal-media://app/media/shared/${'a'.repeat(64)}`;
const ask = (api: MediaApi, init: RequestInit = {}, url = URL_OF_FILE) =>
  answerMediaRequest(api, new Request(url, init));

test('a file is sent whole or in part, then closed; the page may read it, and it may run nothing', async () => {
  const { api, closed } = makeApi('the whole text');
  const whole = await ask(api);
  expect(whole.headers.get('access-control-allow-origin')).toBe('shoal-page://app');
  expect(whole.headers.get('content-security-policy')).toContain('sandbox');
  expect([whole.status, await whole.text()]).toEqual([200, 'the whole text']);
  const part = await ask(api, { headers: { Range: 'bytes=4-8' } });
  expect([part.status, await part.text()]).toEqual([206, 'whole']);
  expect(closed).toHaveLength(2);
});

test('who stops reading closes the file', async () => {
  const { api, closed } = makeApi('a long text');
  const answer = await ask(api);
  await answer.body?.cancel();
  expect(closed).toHaveLength(1);
});

test('a file whose reading fails is closed', async () => {
  const { api, closed } = makeApi('a long text');
  const media = await api.media({} as never, new AbortController().signal);
  const failing: Media = {
    ...media,
    async *read(range, signal) {
      for await (const bytes of media.read(range, signal)) {
        yield bytes;
        throw new Error('the disk went away');
      }
    },
  };
  const answer = await ask({ media: async () => failing });
  await expect(answer.text()).rejects.toThrow('the disk went away');
  await vi.waitFor(() => expect(closed).toHaveLength(1));
});

test('who is gone before the file is open closes it', async () => {
  const { api, closed } = makeApi('text');
  const gone = new AbortController();
  const opening: MediaApi = {
    media: async (...wanted) => {
      const media = await api.media(...wanted);
      gone.abort();
      return media;
    },
  };
  const { body } = await answerMedia(opening, {
    ...{ url: new URL(URL_OF_FILE), range: undefined, isHead: false },
    signal: gone.signal,
  });
  expect(typeof body).toBe('string');
  expect(closed).toHaveLength(1);
});

test('nothing else is answered', async () => {
  const { api } = makeApi('text');
  expect((await ask(api, { method: 'POST', body: 'x' })).status).toBe(404);
  expect((await ask(api, {}, URL_OF_FILE.replace('app', 'other'))).status).toBe(404);
  expect((await ask(api, {}, 'shoal-media://app/../etc/passwd')).status).toBe(404);
});
