import { z } from 'zod';
import { contentHashSchema, downloadIdSchema, sizeSchema } from './schemas.ts';

/** What a page may ask of the desktop around it; a page in a browser has none of it. The names, with capitals for dashes, are its functions. */

/** A file of this peer: a finished download, or a shared one; as in media.ts. */
export const fileTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('download'), id: downloadIdSchema }),
  z.object({ kind: z.literal('shared'), hash: contentHashSchema, size: sizeSchema.exactOptional() }),
]);
export type FileTarget = Readonly<z.infer<typeof fileTargetSchema>>;

const empty = z.object({});
const nothing = z.null();

export const SHELL_CALLS = {
  /** Lets the user choose a folder: its path, null when nothing was chosen. */
  'choose-folder': { input: empty, output: z.string().nullable() },
  /** Opens a file of a type that runs nothing; any other one is shown in its folder. */
  'open-file': { input: fileTargetSchema, output: z.enum(['opened', 'revealed']) },
  /** Shows a file in its folder. */
  reveal: { input: fileTargetSchema, output: nothing },
  /** Begins to drag a file out of the window; asked for while the mouse is down. */
  'start-drag': { input: fileTargetSchema, output: nothing },
  /** The number on the application's icon, where the system has one; 0 removes it. */
  'set-badge': { input: z.object({ count: z.int().min(0).max(100_000) }), output: nothing },
  quit: { input: empty, output: nothing },
} as const;

export type ShellName = keyof typeof SHELL_CALLS;
export type ShellInput<N extends ShellName> = Readonly<z.infer<(typeof SHELL_CALLS)[N]['input']>>;
export type ShellOutput<N extends ShellName> = z.infer<(typeof SHELL_CALLS)[N]['output']>;
/** One for each call: a missing one does not compile. */
export type ShellHandlers = {
  readonly [N in ShellName]: (input: ShellInput<N>) => ShellOutput<N> | Promise<ShellOutput<N>>;
};

export const SHELL_NAMES = Object.keys(SHELL_CALLS) as [ShellName, ...ShellName[]];
export const shellRequestSchema = z.object({ name: z.enum(SHELL_NAMES), input: z.unknown() });

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type Arguments<T> = Record<never, never> extends T ? [] : [input: T];
/** The calls as a page sees them; each fails with an ErrorValue. */
export type ShellFunctions = {
  readonly [N in ShellName as CamelCase<N>]: (...input: Arguments<ShellInput<N>>) => Promise<ShellOutput<N>>;
};

/** `choose-folder` as `chooseFolder`. */
export const toFunctionName = (name: ShellName): keyof ShellFunctions =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof ShellFunctions;
