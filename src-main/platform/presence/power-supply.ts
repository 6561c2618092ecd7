import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LINUX_SUPPLIES = '/sys/class/power_supply';

/**
 * Whether this machine runs on its battery, as Linux tells in `folder` (kernel documentation, sysfs-class-power); undefined where
 * nothing is told, or where there is no battery of the machine itself: those of mice and headsets have the scope `Device`.
 */
export function isOnBattery(folder = LINUX_SUPPLIES): boolean | undefined {
  const supplies = namesIn(folder).map((name) => join(folder, name));
  const read = (supply: string, field: string) => readField(join(supply, field));
  const own = supplies.filter((supply) => read(supply, 'scope') !== 'Device');
  const batteries = own.filter((supply) => read(supply, 'type') === 'Battery');
  if (batteries.length === 0) return undefined;
  const isPlugged = own.some((supply) => read(supply, 'online') === '1' && read(supply, 'type') !== 'Battery');
  return !isPlugged && batteries.some((battery) => read(battery, 'status') === 'Discharging');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Other systems, and machines without any.
    return [];
  }
}

function readField(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Not every supply has every field, and one may be unplugged meanwhile.
    return undefined;
  }
}
