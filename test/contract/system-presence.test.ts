import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askLineCost } from '../../src-main/platform/presence/line-cost.ts';
import { isOnBattery } from '../../src-main/platform/presence/power-supply.ts';
import { SystemPresence } from '../../src-main/platform/presence/system-presence.ts';
import { canPlayNetworkManager, NetworkManager } from '../support/network-manager.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Supply = Readonly<Record<string, string>>;

async function withSupplies(supplies: Readonly<Record<string, Supply>>): Promise<boolean | undefined> {
  const folder = await temporaryFolder();
  for (const [name, fields] of Object.entries(supplies)) {
    await mkdir(join(folder, name));
    for (const [field, value] of Object.entries(fields)) await writeFile(join(folder, name, field), `${value}\n`);
  }
  return isOnBattery(folder);
}

const LINE = { type: 'Mains', online: '1' };
const UNPLUGGED = { type: 'Mains', online: '0' };
const BATTERY = { type: 'Battery', status: 'Discharging' };

describe('power, as Linux tells', () => {
  test.each<[string, Readonly<Record<string, Supply>>, boolean | undefined]>([
    ['a notebook without its cable', { AC: UNPLUGGED, BAT0: BATTERY }, true],
    ['one with its cable in', { AC: LINE, BAT0: { type: 'Battery', status: 'Charging' } }, false],
    ['one that fills up more slowly than it works', { AC: LINE, BAT0: BATTERY }, false],
    ['one that is fed by USB', { usb: { type: 'USB', online: '1' }, BAT0: BATTERY }, false],
    ['two batteries, one of them empty', { BAT0: { type: 'Battery', status: 'Empty' }, BAT1: BATTERY }, true],
    ['a desktop with a mouse that has a battery', { mouse: { ...BATTERY, scope: 'Device' } }, undefined],
    ['a desktop that says that it is plugged in', { AC: LINE }, undefined],
    ['nothing', {}, undefined],
  ])('%s', async (_, supplies, expected) => {
    expect(await withSupplies(supplies)).toBe(expected);
  });

  test('a system that tells nothing', () => {
    expect(isOnBattery('/nowhere')).toBeUndefined();
  });
});

describe('a line that is paid by the byte', () => {
  test.skipIf(!canPlayNetworkManager())('is known from NetworkManager', async () => {
    const manager = await NetworkManager.start();
    const answers = [];
    for (const said of [0, 1, 2, 3, 4, 9]) {
      manager.say(said);
      answers.push(await askLineCost('linux'));
    }
    expect(answers).toEqual([undefined, true, false, true, false, undefined]);
  });

  test('is not known where nobody can be asked', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      expect(await Promise.all([askLineCost('linux'), askLineCost('win32'), askLineCost('darwin')])).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    } finally {
      process.env.PATH = path;
    }
  });
});

test('what the system tells is looked at while somebody reads it, and one question is open at a time', async () => {
  let nowMs = 0;
  const questions: ((answer: boolean | undefined) => void)[] = [];
  const presence = new SystemPresence({
    monotonicMs: () => nowMs,
    isOnBattery: () => nowMs >= 10_000,
    askLineCost: () => new Promise((resolve) => questions.push(resolve)),
  });
  expect(presence.read()).toEqual({ onBattery: false, isMetered: undefined });
  nowMs = 400_000;
  expect(presence.read()).toEqual({ onBattery: true, isMetered: undefined });
  expect(questions).toHaveLength(1);
  questions[0]?.(true);
  await Promise.resolve();
  expect(presence.read()).toEqual({ onBattery: true, isMetered: true });
  expect(questions).toHaveLength(2);
  questions[1]?.(undefined);
  await Promise.resolve();
  expect(presence.read().isMetered).toBeUndefined();
});
