/** Processor time of this thread. Versions of Node before 23.9 do not tell: there the clock has to do. */
export function processorMs(): number {
  if (!('threadCpuUsage' in process)) return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
