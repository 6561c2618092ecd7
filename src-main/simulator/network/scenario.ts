/** What is played: how many peers are there at a time, for how many virtual hours, by which seed. */
export type ScenarioOptions = { readonly peers: number; readonly hours: number; readonly seed: number };
/** Hears how it goes, a line at a time. */
export type Told = (line: Readonly<Record<string, unknown>>) => void;
/** At most so many samples are told, however long it goes on: enough for a line, and few enough to read. */
const MOST_TOLD = 60;
/** Of so many samples each so-manieth is told. */
export const toldEvery = (samples: number): number => Math.max(1, Math.ceil(samples / MOST_TOLD));
/** Figures by their names. */
export type ScenarioReport = Readonly<Record<string, number>>;
