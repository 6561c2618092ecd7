/**
 * Of Node, for a simulation, which fills one heap with peers: the heap may grow by two fifths between two full collections, not by its own
 * size again; fewer objects survive a larger nursery; and a failure that is expected needs no trace of its calls.
 */
export const SIMULATION_FLAGS = ['--heap-growing-percent=40', '--max-semi-space-size=32', '--stack-trace-limit=0'];
