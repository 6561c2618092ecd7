/** What is played: how many peers are there at a time, for how many virtual hours, by which seed. */
export type ScenarioOptions = { readonly peers: number; readonly hours: number; readonly seed: number };
/** Hears how it goes, a line at a time. */
export type Told = (line: Readonly<Record<string, unknown>>) => void;
/** Figures by their names. */
export type ScenarioReport = Readonly<Record<string, number>>;
