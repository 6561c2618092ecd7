/** Does `work` for 0 to `count` - 1, so many at a time. */
export async function inParallel(count: number, atOnce: number, work: (nth: number) => Promise<void>): Promise<void> {
  let begun = 0;
  const goOn = async () => {
    while (begun < count) await work(begun++);
  };
  await Promise.all(Array.from({ length: atOnce }, goOn));
}
