import { paletteOf, type Palette } from './palette.ts';
import { thingFor } from './recognise.ts';
import { oval, type Shape } from './shapes.ts';
import { things, type Thing } from './things.ts';

interface PlacedShape {
  readonly shapes: readonly Shape[];
  readonly x: number;
  readonly scale: number;
}

export interface StillLife {
  readonly palette: Palette;
  /** The data of a path behind everything. */
  readonly backdrop: string;
  readonly standing: readonly PlacedShape[];
}

export interface Subject {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** Of the picture, in its own units; things stand at this height. */
export const PICTURE = { width: 400, height: 300, floor: 236 } as const;

const COMPANIONS: readonly Thing[] = ['ball', 'plant', 'books', 'jar', 'vase', 'candles'];
const BACKDROPS: readonly string[] = [
  oval(270, 130, 105),
  'M95 236v-110a105 105 0 0 1 210 0v110z',
  oval(120, 120, 88),
  'M60 236v-80a70 70 0 0 1 140 0v80zM210 236v-130a65 65 0 0 1 130 0v130z',
  'M0 190q100 -70 200 -20t200 -30v96h-400z',
  oval(200, 150, 120),
];

/** A picture for a product that has none: the same for the same product, always. */
export function stillLifeOf({ id, name, tags }: Subject, isDark: boolean): StillLife {
  const seed = hashOf(`${id}/${name}`);
  const pick = (at: number) => Math.floor(seed / 7 ** at);
  const subject = thingFor(name, tags, pick(2));
  const companion = COMPANIONS.filter((thing) => thing !== subject)[pick(3) % 5];
  const side = pick(1) % 2 === 0 ? 1 : -1;
  const isAlone = pick(4) % 3 === 0 || companion === undefined;
  return {
    // Ids that follow each other get hues that do not.
    palette: paletteOf(pick(1), isDark),
    backdrop: BACKDROPS[pick(5) % BACKDROPS.length] ?? '',
    standing: isAlone
      ? [{ shapes: things[subject](), x: 200, scale: 1.12 }]
      : [
          { shapes: things[companion](), x: 200 + side * 112, scale: 0.5 },
          { shapes: things[subject](), x: 200 - side * 26, scale: 1.08 },
        ],
  };
}

/** FNV-1a, 32 bit. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
