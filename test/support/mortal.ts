/**
 * What a kill -9 takes from a process that runs inside a test: after `end` no call through a bound object does anything or ever
 * returns. Objects that its methods return (file handles) die with it.
 */
export class Mortal {
  #isDead = false;
  #died: (() => void) | undefined;
  #callsLeft = Number.POSITIVE_INFINITY;

  end(): void {
    this.#isDead = true;
    this.#died?.();
  }

  /** The life ends with the call after so many; resolves then. */
  endAfter(calls: number): Promise<void> {
    this.#callsLeft = calls;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#died = resolve;
    return promise;
  }

  bind<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (this.#callsLeft-- <= 0) this.end();
          if (this.#isDead) return new Promise(() => {});
          const result: unknown = value.apply(object, args);
          return result instanceof Promise ? result.then((inner) => this.#bindInner(inner)) : result;
        };
      },
    });
  }

  #bindInner(value: unknown): unknown {
    const hasMethods = typeof value === 'object' && value !== null && 'close' in value;
    return hasMethods ? this.bind(value) : value;
  }
}
