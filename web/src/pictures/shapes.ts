/** What a shape is painted with; see `palette.ts`. */
export type Paint =
  | 'main'
  | 'deep'
  | 'light'
  | 'accent'
  | 'accentDeep'
  | 'paper'
  | 'ink'
  | 'steel'
  | 'steelDeep'
  | 'wood'
  | 'woodDeep'
  | 'leaf'
  | 'leafDeep'
  | 'glow';

export interface Shape {
  /** The data of an SVG path. */
  readonly d: string;
  readonly paint: Paint;
  readonly opacity?: number;
  /** Drawn as a line of this width instead of an area. */
  readonly line?: number;
}

export function area(paint: Paint, d: string, opacity?: number): Shape {
  return { d, paint, ...(opacity !== undefined && { opacity }) };
}

export function line(paint: Paint, width: number, d: string, opacity?: number): Shape {
  return { d, paint, line: width, ...(opacity !== undefined && { opacity }) };
}

export function box(x: number, y: number, width: number, height: number, radius = 0): string {
  const r = Math.min(radius, width / 2, height / 2);
  return (
    `M${x + r} ${y}h${width - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${height - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}` +
    `h${2 * r - width}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - height}a${r} ${r} 0 0 1 ${r} ${-r}z`
  );
}

export function oval(x: number, y: number, rx: number, ry = rx): string {
  return `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
}
