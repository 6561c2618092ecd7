import type { ErrorValue } from '../contract/errors.ts';

/** What a worker thread offers: functions whose arguments and results can be cloned to another thread. */
export type WorkerApi<Api> = { readonly [Name in keyof Api]: (...args: never[]) => unknown };

/** One call of such a function, and its answer. */
export type CallMessage = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };
export type AnswerMessage = { readonly id: number } & ({ readonly value: unknown } | { readonly error: ErrorValue });
