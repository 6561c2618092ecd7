export declare const SIMULATION_FLAGS: readonly string[];
