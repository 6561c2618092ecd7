import type { z } from 'zod';
import { COMMANDS, type EngineApi, QUERIES } from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import { parseValue } from '../contract/parse-value.ts';
import type { CallRequest, FaceAnswer } from '../contract/requests.ts';
import type { Logger } from '../engine/ports/index.ts';

type Deps = { readonly api: EngineApi; readonly logger: Logger };

/** Runs a command or query; its input is checked first. Never rejects: what fails is an answer too. */
export const answerCall = (deps: Deps, request: CallRequest): Promise<FaceAnswer> =>
  answerWith(deps, request, () => call(deps.api, request));

/** What `run` gives as an answer to `request`. Never rejects. */
export async function answerWith(
  { logger }: Deps,
  { id, kind }: { readonly id: number; readonly kind: string },
  run: () => unknown,
): Promise<FaceAnswer> {
  try {
    return { id, ok: true, value: (await run()) ?? null };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'internal') logger.error('a request failed', { kind, stack: error.cause });
    return { id, ok: false, error: error.toValue() };
  }
}

async function call(api: EngineApi, request: CallRequest): Promise<unknown> {
  if (request.kind === 'command') {
    return api.command(request.name, check(request.name, COMMANDS[request.name], request.input) as never);
  }
  return api.query(request.name, check(request.name, QUERIES[request.name], request.input) as never);
}

function check(what: string, schema: z.ZodType, input: unknown): unknown {
  const parsed = parseValue(schema, input);
  if (!parsed.success) throw invalidInput(what, parsed.error);
  return parsed.data;
}

/** The first thing that is wrong with what a face sent. */
export function invalidInput(what: string, error: z.ZodError): AppError {
  const issue = error.issues[0];
  const where = issue?.path.join('.');
  return new AppError('input.invalid', { what: where ? `${what} ${where}` : what, why: issue?.message ?? 'not valid' });
}
