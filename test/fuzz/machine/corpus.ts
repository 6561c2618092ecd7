import { readFileSync, writeFileSync } from 'node:fs';

/** Inputs kept of one target. `failed`: what was once wrong and was mended; they stay. */
export type KeptInputs = { readonly failed: readonly Uint8Array[]; readonly found: readonly Uint8Array[] };

const BYTES = 'base64:';
const pathOf = (target: string): URL => new URL(`../corpus/${target}.json`, import.meta.url);

/** What is kept of a target; nothing where there is no file. */
export function readCorpus(target: string): KeptInputs {
  const { failed, found } = parse(target);
  return { failed: failed.map(fromWritten), found: found.map(fromWritten) };
}

export function writeCorpus(target: string, { failed, found }: KeptInputs): void {
  const kept = { failed: failed.map(toWritten), found: found.map(toWritten).sort() };
  writeFileSync(pathOf(target), `${JSON.stringify(kept, null, 2)}\n`);
}

function parse(target: string): { readonly failed: readonly string[]; readonly found: readonly string[] } {
  try {
    return JSON.parse(readFileSync(pathOf(target), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { failed: [], found: [] };
    throw error;
  }
}

/** Text where it is the same when read again, so that people see what changed. */
function toWritten(input: Uint8Array): string {
  const text = Buffer.from(input).toString('utf8');
  const isText = !text.startsWith(BYTES) && Buffer.from(text, 'utf8').equals(input);
  return isText ? text : `${BYTES}${Buffer.from(input).toString('base64')}`;
}

const fromWritten = (written: string): Uint8Array =>
  written.startsWith(BYTES) ? Buffer.from(written.slice(BYTES.length), 'base64') : Buffer.from(written, 'utf8');
