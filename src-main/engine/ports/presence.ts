/** What the host knows of its user and of its power; what it cannot tell is undefined. */
export interface Presence {
  read(): {
    /** Since the last key or movement of the mouse. */
    readonly idleMs?: number | undefined;
    readonly onBattery?: boolean | undefined;
    /** The line is paid by the byte. */
    readonly isMetered?: boolean | undefined;
  };
}
