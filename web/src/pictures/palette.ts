import type { Paint } from './shapes.ts';

export interface Palette {
  readonly wall: readonly [string, string];
  readonly backdrop: string;
  readonly shelf: readonly [top: string, front: string];
  readonly shadow: string;
  readonly paints: Readonly<Record<Paint, string>>;
}

/** Hues that go together: of the wall, of the thing, of what is beside it. */
const HARMONIES: readonly (readonly [wall: number, main: number, accent: number])[] = [
  [75, 35, 200],
  [260, 290, 60],
  [155, 195, 45],
  [20, 5, 250],
  [215, 250, 85],
  [110, 150, 30],
  [320, 345, 190],
  [50, 70, 285],
  [190, 180, 20],
  [285, 305, 130],
];

const colour = (lightness: number, chroma: number, hue: number) =>
  `oklch(${lightness} ${chroma} ${hue % 360})`;

/** Colours of even lightness whatever the hue, so that no picture shouts beside the others. */
export function paletteOf(seed: number, isDark: boolean): Palette {
  const [wall, main, accent] = HARMONIES[seed % HARMONIES.length] ?? [75, 35, 200];
  const paints: Palette['paints'] = {
    main: colour(0.63, 0.125, main),
    deep: colour(0.52, 0.115, main),
    light: colour(0.76, 0.1, main),
    accent: colour(0.72, 0.11, accent),
    accentDeep: colour(0.6, 0.11, accent),
    paper: colour(0.97, 0.012, wall),
    // On a dark wall, what is dark must be a little lighter than it.
    ink: isDark ? colour(0.56, 0.03, main) : colour(0.32, 0.04, main),
    steel: colour(0.82, 0.012, 250),
    steelDeep: colour(0.66, 0.016, 250),
    wood: colour(0.68, 0.085, 62),
    woodDeep: colour(0.56, 0.08, 55),
    leaf: colour(0.62, 0.1, 150),
    leafDeep: colour(0.5, 0.09, 155),
    glow: colour(0.93, 0.11, 92),
  };
  return isDark
    ? {
        wall: [colour(0.36, 0.045, wall), colour(0.25, 0.04, wall + 25)],
        backdrop: colour(0.42, 0.055, wall + 40),
        shelf: [colour(0.44, 0.035, wall + 10), colour(0.33, 0.03, wall + 10)],
        shadow: colour(0.15, 0.03, wall),
        paints,
      }
    : {
        wall: [colour(0.955, 0.032, wall), colour(0.885, 0.058, wall + 25)],
        backdrop: colour(0.925, 0.062, wall + 40),
        shelf: [colour(0.985, 0.01, wall), colour(0.9, 0.03, wall + 10)],
        shadow: colour(0.45, 0.07, wall),
        paints,
      };
}
