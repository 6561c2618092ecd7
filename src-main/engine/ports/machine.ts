/** What the machine has left for more work. Undefined where the system does not say. */
export interface Machine {
  read(): MachineState;
}

export type MachineState = {
  /** Bytes that a program may take without others being pushed out. */
  readonly freeMemory: number | undefined;
  /** File descriptors that this process may still open. */
  readonly freeDescriptors: number | undefined;
  /** Share of all processors in use over the last minute, 0 to 1. */
  readonly processorUse: number | undefined;
};
