import type { z } from 'zod';
import type { PeerAddress } from '../contract/address.ts';
import {
  COMMANDS,
  type CommandInput,
  type CommandName,
  type CommandOutputs,
  type EventName,
  type Events,
  QUERIES,
  type QueryInput,
  type QueryName,
  type QueryOutputs,
} from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import type { NodeId } from '../contract/ids.ts';
import { type Media, type MediaRequest, mediaRequestSchema } from '../contract/media.ts';
import { parseValue } from '../contract/parse-value.ts';
import { CalmLogger } from './calm-logger.ts';
import { type CommandHandlers, commandHandlers } from './command-handlers.ts';
import type { Engine, EngineOptions, EnginePorts } from './engine-types.ts';
import { EventHub } from './event-hub.ts';
import { PeerLinkHandler } from './peer-link-handler.ts';
import { PeerParts } from './peer-parts.ts';
import type { Listening, Statement } from './ports/index.ts';
import { type QueryHandlers, queryHandlers } from './query-handlers.ts';
import { SecondCopy } from './second-copy.ts';
import { copyDatabase, migrate } from './store/migrations.ts';
import { MIGRATIONS } from './store/schema.ts';
import { Troubles } from './troubles.ts';
import { WatchedDatabase } from './watched-database.ts';

/** How the copies begin that are made of the database before an update; then comes the version. */
const OLD_DATABASE = 'shoal.db.version-';

/** The engine behind engine.ts: starts and stops the parts in order, and answers commands and queries. */
export class PeerEngine implements Engine {
  readonly nodeId: NodeId;
  readonly #ports: EnginePorts;
  readonly #options: EngineOptions;
  readonly #logger: CalmLogger;
  readonly #database: WatchedDatabase;
  readonly #copy: SecondCopy;
  readonly #events: EventHub;
  readonly #parts: PeerParts;
  readonly #commands: CommandHandlers;
  readonly #queries: QueryHandlers;
  #listening: Listening | undefined;

  constructor(ports: EnginePorts, options: EngineOptions) {
    this.nodeId = ports.identity.nodeId;
    this.#ports = ports;
    this.#options = options;
    const { clock, database } = ports;
    const troubles = new Troubles(ports);
    this.#logger = new CalmLogger({ ...ports, troubles });
    this.#database = new WatchedDatabase({ database, clock, troubles, folder: options.dataFolder });
    this.#copy = new SecondCopy({ ...ports, troubles, folder: options.dataFolder });
    this.#events = new EventHub(this.#logger);
    const watched = { ...ports, logger: this.#logger, database: this.#database };
    this.#parts = new PeerParts(watched, options, {
      troubles,
      copy: this.#copy,
      events: this.#events,
      listening: () => (this.#listening ? [this.#listening.address] : []),
    });
    this.#commands = commandHandlers(this.#parts, watched, {
      ...options,
      settingChanged: (change) => this.#events.emit('settings', change),
    });
    this.#queries = queryHandlers(this.#parts, watched, { ...options, listening: () => this.listening() });
  }

  async start(): Promise<void> {
    try {
      const found = await this.#openDatabase();
      this.#listening = await this.#listen();
      await this.#parts.start();
      if (found === 'current') await this.#dropOldDatabases();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#parts.stop();
    await this.#listening?.close();
    this.#listening = undefined;
    await this.#copy.stop();
    await this.#database.close();
    this.#logger.stop();
  }

  listening(): PeerAddress {
    if (!this.#listening) throw new AppError('internal', { why: 'the engine is not started' });
    return this.#listening.address;
  }

  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutputs[N]> {
    return answer(COMMANDS[name], input, this.#commands[name]);
  }

  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutputs[N]> {
    return answer(QUERIES[name], input, this.#queries[name]);
  }

  media(request: MediaRequest, signal?: AbortSignal): Promise<Media> {
    return answer(mediaRequestSchema, request, (valid: MediaRequest) => this.#parts.media.open(valid, signal));
  }

  on<N extends EventName>(name: N, listener: (event: Events[N]) => void): () => void {
    return this.#events.on(name, listener);
  }

  async #openDatabase(): Promise<'new' | 'old' | 'current'> {
    const { database, files } = this.#ports;
    const { dataFolder: path } = this.#options;
    let kept: readonly Statement[] | undefined;
    const found = await migrate(database, {
      path,
      migrations: MIGRATIONS,
      beforeUpdate: async (version) => {
        const copy = files.paths.join(path, `${OLD_DATABASE}${version}`);
        // Of a try that failed: this version was not changed since.
        await files.remove(copy);
        // SQLite fills an empty file, which is private, and would make one that everybody may read.
        await files.createExclusive(copy);
        await copyDatabase(database, copy);
      },
      firstRows: async () => {
        kept = await this.#copy.statements();
        return kept ?? [];
      },
    });
    if (found === 'new') this.#tellNew(kept);
    return found;
  }

  #tellNew(kept: readonly Statement[] | undefined): void {
    const damaged = this.#ports.damagedDatabase;
    const back = 'shared folders, unfinished downloads and saved searches are as before, and files are hashed again';
    const fields = damaged === undefined ? {} : { damaged };
    if (kept && kept.length > 0) {
      this.#logger.warn(`the database was ${damaged === undefined ? 'missing' : 'damaged'}: ${back}`, fields);
    } else if (damaged !== undefined && !kept) {
      this.#logger.error('the database was damaged: starting with an empty one; share your folders again', fields);
    } else if (damaged !== undefined) this.#logger.warn('the database was damaged: starting with an empty one', fields);
  }

  /** Copies made before an update; this start has shown that it went well. */
  async #dropOldDatabases(): Promise<void> {
    const { files } = this.#ports;
    const { dataFolder } = this.#options;
    for (const { name } of (await files.list(dataFolder)) ?? []) {
      if (name.startsWith(OLD_DATABASE)) await files.remove(files.paths.join(dataFolder, name));
    }
  }

  async #listen(): Promise<Listening> {
    const { links } = this.#ports;
    const { listen, fallbackPort } = this.#options;
    const handler = new PeerLinkHandler(this.#parts);
    try {
      return await links.listen(listen, handler);
    } catch (error) {
      if (!fallbackPort || toAppError(error).code !== 'listen.taken') throw error;
      const listening = await links.listen({ host: listen.host, port: 0 }, handler);
      this.#logger.warn(`port ${listen.port} is taken: listening on port ${listening.address.port} instead`);
      return listening;
    }
  }
}

/** Validates and answers; `schema` and `handler` are of the same name, so what the schema lets through is what the handler takes. */
async function answer<I, O>(schema: z.ZodType, input: unknown, handler: (input: I) => Promise<O>): Promise<O> {
  const parsed = parseValue(schema, input);
  if (parsed.success) return handler(parsed.data as I);
  const issue = parsed.error.issues[0];
  throw new AppError('input.invalid', { what: issue?.path.join('.') || 'input', why: issue?.message ?? 'malformed' });
}
