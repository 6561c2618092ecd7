/** The icon, drawn by numbers on a square of side 1: three fishes that turn together, on the sea. */

type Point = readonly [x: number, y: number];
/** Red, green, blue, alpha: 0 to 1. */
export type Colour = readonly [number, number, number, number];
/** The colour at a point, or undefined outside. */
export type Picture = (x: number, y: number) => Colour | undefined;

const SEA_TOP: Colour = [0.05, 0.55, 0.62, 1];
const SEA_DEEP: Colour = [0.02, 0.24, 0.42, 1];
const FISH: Colour = [1, 1, 1, 1];
const CORNER = 0.22;

/** Where each fish is, how long, and which way it swims (radians, clockwise from right). */
const SHOAL: readonly { readonly at: Point; readonly length: number; readonly heading: number }[] = [
  { at: [0.63, 0.29], length: 0.36, heading: -0.35 },
  { at: [0.36, 0.51], length: 0.36, heading: -0.35 },
  { at: [0.64, 0.73], length: 0.36, heading: -0.35 },
];

/** White fishes on a rounded square of sea. */
export const iconPicture: Picture = (x, y) => {
  if (!isInSquare(x, y)) return undefined;
  return isFish(x, y) ? FISH : mix(SEA_TOP, SEA_DEEP, y);
};

/** The fishes alone, larger, in one colour: for a tray. */
export const trayPicture =
  (colour: Colour): Picture =>
  (x, y) => {
    const scale = 0.72;
    return isFish(0.5 + (x - 0.5) * scale, 0.5 + (y - 0.5) * scale) ? colour : undefined;
  };

const mix = (from: Colour, to: Colour, share: number): Colour => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
  1,
];

function isInSquare(x: number, y: number): boolean {
  const beyond = (value: number) => Math.max(CORNER - value, value - (1 - CORNER), 0);
  return Math.hypot(beyond(x), beyond(y)) <= CORNER;
}

const isFish = (x: number, y: number): boolean =>
  SHOAL.some(({ at, length, heading }) => {
    const [dx, dy] = [(x - at[0]) / length, (y - at[1]) / length];
    const [along, across] = [
      dx * Math.cos(heading) + dy * Math.sin(heading),
      dy * Math.cos(heading) - dx * Math.sin(heading),
    ];
    return isBody(along, across) || isTail(along, across);
  });

/** Where two circles meet: pointed at both ends. */
const isBody = (along: number, across: number): boolean => Math.hypot(along - 0.08, Math.abs(across) + 0.32) <= 0.53;

const isTail = (along: number, across: number): boolean =>
  along >= -0.52 && along <= -0.22 && Math.abs(across) <= 0.05 + (-0.22 - along) * 0.55;
