import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { MetadataIndex } from '../../src-main/engine/ports/index.ts';
import { WorkerMetadataIndex } from '../../src-main/platform/worker-metadata-index.ts';
import { MemoryMetadataIndex } from '../../src-main/simulator/memory-metadata-index.ts';
import { nameOf, node, pack } from './index-batches.ts';

export const WIDE = { files: 20_000, bytes: 16 * 2 ** 20 };
export const [ANN, BEN, CYD] = [node(1), node(2), node(3)];
export const OTHERS = Array.from({ length: 60 }, (_, n) => node(100 + n));

/** The index that a suite of tests uses, empty before each of them, in a folder that goes at the end. */
export class IndexUnderTest {
  folder = '';
  now: MetadataIndex = new MemoryMetadataIndex();
  readonly adapters: readonly (readonly [string, () => MetadataIndex])[] = [
    ['WorkerMetadataIndex', () => new WorkerMetadataIndex({ folder: this.folder })],
    ['MemoryMetadataIndex', () => new MemoryMetadataIndex()],
  ];

  constructor() {
    beforeAll(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'shoal-index-'));
    });
    afterEach(async () => {
      for (const child of [ANN, BEN, CYD, ...OTHERS]) await this.now.drop(child);
    });
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async put(child: typeof ANN, files: readonly Descriptor[]): Promise<void> {
    expect(await this.now.apply(child, pack(files), WIDE)).toMatchObject({ ok: true });
  }

  search(text: string, limit = 100, start = 0): ReturnType<MetadataIndex['search']> {
    return this.now.search(text, { limit, start });
  }

  async names(text: string): Promise<string[]> {
    return (await this.search(text)).hits.map(nameOf).sort();
  }
}
