import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const PYTHON = '/usr/bin/python3';
const NAME = 'org.freedesktop.NetworkManager';
const PATH = '/org/freedesktop/NetworkManager';

/** Whether a D-Bus with a service of ours on it can be had here (Debian: dbus, python3-dbusmock, systemd). */
export const canPlayNetworkManager = (): boolean =>
  spawnSync(PYTHON, ['-c', 'import dbusmock'], { stdio: 'ignore' }).status === 0 &&
  ['dbus-daemon', 'busctl', 'gdbus'].every((tool) => spawnSync('which', [tool], { stdio: 'ignore' }).status === 0);

/** A bus of its own, as the system's for what this process starts until the test ends, with a NetworkManager that says of its lines what it is told to. */
export class NetworkManager {
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  static async start(): Promise<NetworkManager> {
    const bus = keepForTest(spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], PIPED));
    const address = await firstLine(bus);
    const environment = { ...process.env, DBUS_SESSION_BUS_ADDRESS: address, DBUS_SYSTEM_BUS_ADDRESS: address };
    const before = process.env.DBUS_SYSTEM_BUS_ADDRESS;
    process.env.DBUS_SYSTEM_BUS_ADDRESS = address;
    onTestFinished(() => {
      if (before === undefined) delete process.env.DBUS_SYSTEM_BUS_ADDRESS;
      else process.env.DBUS_SYSTEM_BUS_ADDRESS = before;
    });
    keepForTest(spawn(PYTHON, ['-m', 'dbusmock', '--session', NAME, PATH, NAME], { ...PIPED, env: environment }));
    const manager = new NetworkManager(environment);
    manager.#run('gdbus', ['wait', '--session', '--timeout=10', NAME]);
    manager.#call('org.freedesktop.DBus.Mock.AddProperty', NAME, 'Metered', '<uint32 0>');
    return manager;
  }

  /** As NMMetered has it: 0 unknown, 1 yes, 2 no, 3 yes by guess, 4 no by guess. */
  say(metered: number): void {
    this.#call('org.freedesktop.DBus.Properties.Set', NAME, 'Metered', `<uint32 ${metered}>`);
  }

  #call(method: string, ...words: readonly string[]): void {
    this.#run('gdbus', ['call', '--session', '-d', NAME, '-o', PATH, '-m', method, ...words]);
  }

  #run(program: string, words: readonly string[]): void {
    const { status, stderr } = spawnSync(program, words, { env: this.#environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  }
}

const PIPED: SpawnOptions = { stdio: ['ignore', 'pipe', 'ignore'] };

function keepForTest<T extends ChildProcess>(child: T): T {
  onTestFinished(() => void child.kill());
  return child;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface(stdout)) return line;
  throw new Error('the bus did not say its address');
}
