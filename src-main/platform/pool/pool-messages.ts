import type { ErrorValue } from '../../contract/errors.ts';

/** One task for a thread of a WorkerPool, and its answer. */
export type TaskMessage = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };
export type TaskAnswer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: ErrorValue });

/** What the entry of a pool's thread offers. A result is moved, not copied, where it is or holds an ArrayBuffer in `buffer`. */
export type PoolApi<Api> = { readonly [Name in keyof Api]: (...args: never[]) => unknown };
