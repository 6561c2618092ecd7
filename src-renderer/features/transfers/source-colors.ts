/** Colours that tell sources apart, also for most who see few of them (Okabe and Ito, 2008); the next ones begin again. */
const COLORS = ['#e69f00', '#56b4e9', '#cc79a7', '#d55e00', '#0072b2', '#f0e442'];

export const sourceColor = (index: number): string => COLORS[index % COLORS.length] ?? '#e69f00';
