import { describe, expect, it } from 'vitest';
import { SETTING_KEYS, SETTINGS, type SettingEntry } from '../../../src-main/contract/settings.ts';
import { joinNumber, splitNumber } from '../../../src-renderer/features/settings/number-units.ts';
import { SECTIONS } from '../../../src-renderer/features/settings/setting-sections.ts';

describe('sections', () => {
  it('show every setting once, but for what the page keeps for itself', () => {
    const shown = SECTIONS.flatMap(({ keys }) => keys);
    const hidden = ['page.layout', 'page.welcomed', 'page.votes-asked'];
    expect([...shown].sort()).toEqual(SETTING_KEYS.filter((key) => !hidden.includes(key)).sort());
  });
});

describe('numbers with units', () => {
  it('stand in the largest unit that fits', () => {
    expect(splitNumber('duration', 90_000)).toEqual({ number: '1.5', unit: 'min' });
    expect(splitNumber('duration', 100)).toEqual({ number: '100', unit: 'ms' });
    expect(splitNumber('size', 24 * 2 ** 20)).toEqual({ number: '24', unit: 'MiB' });
    expect(splitNumber('rate', 16_384)).toEqual({ number: '16384', unit: 'B/s' });
    expect(splitNumber('count', 150)).toEqual({ number: '150', unit: '' });
    expect(splitNumber('rate', 0)).toEqual({ number: '0', unit: 'kB/s' });
  });

  it('come back as they were, for every default and bound', () => {
    for (const key of SETTING_KEYS) {
      const entry: SettingEntry = SETTINGS[key];
      if (entry.kind === 'switch' || entry.kind === 'text' || entry.kind === 'choice') continue;
      for (const value of [entry.default, entry.min, entry.max]) {
        const { number, unit } = splitNumber(entry.kind, value);
        expect(joinNumber(key, number, unit), key).toEqual({ value });
      }
    }
  });

  it('take a comma for a point', () => {
    expect(joinNumber('download.rate', ' 1,5 ', 'MB/s')).toEqual({ value: 1_500_000 });
  });

  it('say what is wrong', () => {
    expect(joinNumber('upload.slots', '', '')).toEqual({ fault: { kind: 'number' } });
    expect(joinNumber('upload.slots', '-1', '')).toEqual({ fault: { kind: 'number' } });
    expect(joinNumber('upload.slots', '1.5', '')).toEqual({ fault: { kind: 'whole' } });
    expect(joinNumber('upload.queue', '0', '')).toMatchObject({
      fault: { kind: 'range', entry: { min: 1, max: 100_000 } },
    });
    expect(joinNumber('library.rescan', '30', 's')).toMatchObject({ fault: { kind: 'range' } });
  });
});
