import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ShoalProcess } from '../support/peer-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the demo plays the main job to its end and removes everything', async () => {
  const temporary = await temporaryFolder();
  const demo = new ShoalProcess(['demo', '--headless', '--json'], { TMPDIR: temporary });
  expect(await demo.status, demo.err).toBe(0);
  expect(demo.err).toBe('');
  const steps = demo.lines.filter(({ event }) => event === 'step');
  expect(steps.filter(({ wave }) => wave !== undefined).length).toBeGreaterThanOrEqual(2);
  expect(steps.find(({ banned }) => banned === true)?.name).toBe('Cleo');
  expect(steps.find(({ hash }) => hash !== undefined)).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await readdir(temporary)).toEqual([]);
});

test('Ctrl-C in the middle of the demo removes everything too', async () => {
  const temporary = await temporaryFolder();
  const demo = new ShoalProcess(['demo', '--headless', '--json'], { TMPDIR: temporary });
  await demo.event('step');
  demo.process.kill('SIGINT');
  expect(await demo.status).toBe(1);
  expect(await readdir(temporary)).toEqual([]);
});

test('whoever watches may look at a page on that network afterwards', async () => {
  const temporary = await temporaryFolder();
  const demo = new ShoalProcess(['demo', '--json'], { TMPDIR: temporary, CI: '', DISPLAY: ':0' });
  const { web } = await demo.event('step', { matches: (line) => line.web !== undefined });
  expect((await fetch(new URL('/', String(web)))).status).toBe(200);
  demo.process.kill('SIGINT');
  expect(await demo.status, demo.err).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
});
