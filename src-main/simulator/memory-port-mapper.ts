import type { MappedPort, PortMapper, WantedMapping } from '../engine/ports/index.ts';

/** A router that passes ports on, or does not, as it is told; for engines on a virtual network. */
export class MemoryPortMapper implements PortMapper {
  /** What has happened, in order. */
  readonly log: string[] = [];
  /** Undefined: no router passes ports on. */
  external: { readonly host: string; readonly port: number } | undefined;
  leaseMs = 60 * 60_000;
  /** It was started again, and says so when it is asked next. */
  #wasStarted = false;
  readonly #changed: (isOpen: boolean) => void;

  /** `changed`: told when the way in opens or closes. */
  constructor(changed: (isOpen: boolean) => void = () => {}) {
    this.#changed = changed;
  }

  /** It forgets what it passed on. */
  startAgain(): void {
    this.#wasStarted = true;
    this.#changed(false);
  }

  async open({ listen, leaseMs }: WantedMapping, signal: AbortSignal): Promise<MappedPort | undefined> {
    signal.throwIfAborted();
    this.log.push(`open ${listen.port}`);
    return this.#mapped(Math.min(leaseMs, this.leaseMs));
  }

  #mapped(leaseMs: number): MappedPort | undefined {
    const { external } = this;
    this.#changed(external !== undefined);
    if (!external) return undefined;
    this.#wasStarted = false;
    return {
      ...{ protocol: 'nat-pmp', router: '192.168.1.1', external, leaseMs },
      renew: async (signal) => {
        signal.throwIfAborted();
        this.log.push('renew');
        const wasLost = this.#wasStarted;
        const mapped = this.#mapped(leaseMs);
        return mapped && { ...mapped, wasLost };
      },
      remove: async () => {
        this.log.push('remove');
        this.#changed(false);
      },
    };
  }
}
