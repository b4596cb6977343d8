/** Paper with labels of one size, as it is sold. All lengths are in millimetres. */
export interface LabelFormat {
  readonly id: string;
  readonly paper: 'a4' | 'letter' | 'roll';
  /** Of a label, as it stands on the box. */
  readonly size: string;
  /** Whose it is, or is like. */
  readonly like: string;
  readonly pageWidth: number;
  readonly pageHeight: number;
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  /** Where the first label begins. */
  readonly left: number;
  readonly top: number;
  /** From where a label begins to where the next one does. */
  readonly pitchX: number;
  readonly pitchY: number;
  /** Of the printers that take it: bars are as wide as whole dots of it. */
  readonly dotsPerInch: number;
  /** So far from the edge of the page they print nothing. */
  readonly unprinted: number;
}

const A4 = {
  paper: 'a4',
  pageWidth: 210,
  pageHeight: 297,
  dotsPerInch: 600,
  unprinted: 5,
} as const;
const LETTER = { ...A4, paper: 'letter', pageWidth: 215.9, pageHeight: 279.4 } as const;

/** What is printed one label a page. */
function roll(id: string, like: string, width: number, height: number, dotsPerInch: number) {
  return {
    id,
    like,
    paper: 'roll',
    size: `${width} × ${height} mm`,
    pageWidth: width,
    pageHeight: height,
    width,
    height,
    columns: 1,
    rows: 1,
    left: 0,
    top: 0,
    pitchX: width,
    pitchY: height,
    dotsPerInch,
    unprinted: 2,
  } as const;
}

export const labelFormats: readonly [LabelFormat, ...LabelFormat[]] = [
  {
    ...A4,
    id: 'a4-24',
    size: '70 × 37 mm',
    like: 'Avery 3474',
    columns: 3,
    rows: 8,
    width: 70,
    height: 37,
    left: 0,
    top: 0.5,
    pitchX: 70,
    pitchY: 37,
  },
  {
    ...A4,
    id: 'a4-21',
    size: '63.5 × 38.1 mm',
    like: 'Avery L7160',
    columns: 3,
    rows: 7,
    width: 63.5,
    height: 38.1,
    left: 7.21,
    top: 15.15,
    pitchX: 66.04,
    pitchY: 38.1,
  },
  {
    ...A4,
    id: 'a4-40',
    size: '48.5 × 25.4 mm',
    like: 'Avery 3657',
    columns: 4,
    rows: 10,
    width: 48.5,
    height: 25.4,
    left: 8,
    top: 21.5,
    pitchX: 48.5,
    pitchY: 25.4,
  },
  {
    ...A4,
    id: 'a4-65',
    size: '38.1 × 21.2 mm',
    like: 'Avery L7651',
    columns: 5,
    rows: 13,
    width: 38.1,
    height: 21.2,
    left: 4.67,
    top: 10.7,
    pitchX: 40.64,
    pitchY: 21.2,
  },
  {
    ...LETTER,
    id: 'letter-30',
    size: '2⅝ × 1 in',
    like: 'Avery 5160',
    columns: 3,
    rows: 10,
    width: 66.675,
    height: 25.4,
    left: 4.7625,
    top: 12.7,
    pitchX: 69.85,
    pitchY: 25.4,
  },
  {
    ...LETTER,
    id: 'letter-10',
    size: '4 × 2 in',
    like: 'Avery 5163',
    columns: 2,
    rows: 5,
    width: 101.6,
    height: 50.8,
    left: 3.96875,
    top: 12.7,
    pitchX: 106.3625,
    pitchY: 50.8,
  },
  roll('roll-62x29', 'Brother DK-11209', 62, 29, 300),
  roll('roll-57x32', 'Dymo 11354', 57, 32, 300),
  roll('roll-57x32-203', 'Zebra, 203 dpi', 57, 32, 203.2),
];

/** Of a label on its page. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export function labelsAPage({ columns, rows }: LabelFormat): number {
  return columns * rows;
}

/** Row by row, as one reads. `place` counts from 0. */
export function placeAt(format: LabelFormat, place: number): Place {
  return {
    x: format.left + (place % format.columns) * format.pitchX,
    y: format.top + Math.floor(place / format.columns) * format.pitchY,
  };
}

/** The place of the label at this point of the page, or null between labels. */
export function placeUnder(format: LabelFormat, { x, y }: Place): number | null {
  const places = Array.from({ length: labelsAPage(format) }, (_, place) => place);
  const found = places.find((place) => {
    const at = placeAt(format, place);
    return x >= at.x && x < at.x + format.width && y >= at.y && y < at.y + format.height;
  });
  return found ?? null;
}
