import type { ErrorCode } from '../../../src-main/contract/errors.ts';

/** Something that reads what comes from outside. */
export type Target = {
  readonly name: string;
  /** Inputs that lead into it, from which others are made. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** What its format has, beside what stands in the seeds. */
  readonly words?: readonly string[];
  readonly isJson?: boolean;
  /** What its caller cuts at, where that is not long. */
  readonly maxBytes?: number;
  /** With what it may fail; with nothing, where none are named. */
  readonly failures?: readonly ErrorCode[];
  /** In the program it runs in a thread that is ended when it takes too long, or too much memory. */
  readonly isBounded?: boolean;
  /** One input. Throws what is wrong: with the code, or what an assertion says. */
  run(input: Uint8Array): void | Promise<void>;
};

export const LONGEST_INPUT = 64 * 1024;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** As the program decodes it. */
export const toText = (input: Uint8Array): string => decoder.decode(input);
export const toInput = (seed: string | Uint8Array): Uint8Array =>
  typeof seed === 'string' ? encoder.encode(seed) : seed;

/** A target that takes text. */
export const textTarget = ({
  read,
  ...rest
}: Omit<Target, 'run'> & { read(text: string): void | Promise<void> }): Target => ({
  ...rest,
  run: (input) => read(toText(input)),
});

/** A target whose seeds are values, as JSON. */
export const jsonTarget = ({
  values,
  read,
  ...rest
}: Omit<Target, 'run' | 'seeds' | 'isJson'> & {
  values: readonly unknown[];
  read(text: string): void | Promise<void>;
}): Target => ({
  ...rest,
  isJson: true,
  seeds: values.map((value) => JSON.stringify(value)),
  run: (input) => read(toText(input)),
});
