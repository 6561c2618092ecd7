import { powerMonitor } from 'electron';
import type { Presence } from '../engine/ports/index.ts';

/** Whether somebody works at this machine and what it runs on, as Electron tells; of the line it knows nothing. */
export class UserPresence implements Presence {
  read(): ReturnType<Presence['read']> {
    return { idleMs: powerMonitor.getSystemIdleTime() * 1000, onBattery: powerMonitor.isOnBatteryPower() };
  }
}
