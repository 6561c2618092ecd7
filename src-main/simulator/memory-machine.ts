import type { Machine, MachineState } from '../engine/ports/index.ts';

/** A machine with as much left as a test says; plenty at first. */
export class MemoryMachine implements Machine {
  state: MachineState = { freeMemory: 8 * 2 ** 30, freeDescriptors: 100_000, processorUse: 0.1 };

  read(): MachineState {
    return this.state;
  }
}
