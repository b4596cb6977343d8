import { inflateSync } from 'node:zlib';

/** A page of a PDF: what is written there, and what is black. Lengths are in points. */
export interface PdfPage {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly string[];
  /** A part of it, from its upper left corner on, as a printer of this resolution prints it. */
  print(part: Part, dotsPerInch: number): Picture;
}

/** As browsers have pixels: red, green, blue and opacity. */
interface Picture {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly colorSpace: 'srgb';
}

interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What may be black within a box; y goes up, as in a PDF. */
interface Ink {
  readonly left: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
  isBlack(x: number, y: number): boolean;
}

/**
 * Reads the pages of a PDF that has rectangles and masks alone, as ISO 32000-1 says: by the table
 * of its objects, not by how this project writes them.
 */
export function readPdf(file: Buffer): PdfPage[] {
  const objects = objectsOf(file);
  const all = [...objects.values()];
  return all
    .filter(({ head }) => /\/Type \/Page\b(?!s)/.test(head))
    .map(({ head }) => {
      const [, width = 0, height = 0] = (/\/MediaBox \[0 0 (\S+) (\S+)\]/.exec(head) ?? []).map(
        Number,
      );
      const content = objects.get(Number(/\/Contents (\d+) 0 R/.exec(head)?.[1]));
      const named = [...head.matchAll(/\/(\w+) (\d+) 0 R/g)].map(
        ([, name = '', id]) => [name, objects.get(Number(id))] as const,
      );
      const code = content?.stream().toString('latin1') ?? '';
      const inks = inksOf(code, new Map(named));
      return {
        width,
        height,
        texts: textsIn(code),
        print: (part, dotsPerInch) => printed(inks, part, height, dotsPerInch),
      };
    });
}

interface PdfObject {
  readonly head: string;
  stream(): Buffer;
}

function objectsOf(file: Buffer): Map<number, PdfObject> {
  const text = file.toString('latin1');
  const start = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1]);
  const rows = [...text.slice(start).matchAll(/^(\d{10}) \d{5} n/gm)];
  return new Map(
    rows.map(([, offset], at) => {
      const object = text.slice(Number(offset));
      const head = object.slice(0, object.search(/stream\n|endobj/));
      const length = Number(/\/Length (\d+)/.exec(head)?.[1]);
      const from = Number(offset) + head.length + 'stream\n'.length;
      return [at + 1, { head, stream: () => inflateSync(file.subarray(from, from + length)) }];
    }),
  );
}

function textsIn(code: string): string[] {
  return [...code.matchAll(/\/ActualText <FEFF([0-9A-F]*)>/g)].map(([, hex = '']) =>
    Buffer.from(hex, 'hex').swap16().toString('utf16le'),
  );
}

function inksOf(code: string, named: ReadonlyMap<string, PdfObject | undefined>): Ink[] {
  const bars = [...code.matchAll(/(\S+) (\S+) (\S+) (\S+) re/g)].map(([, ...numbers]): Ink => {
    const [left = 0, bottom = 0, width = 0, height = 0] = numbers.map(Number);
    return { left, bottom, width, height, isBlack: () => true };
  });
  const masks = [...code.matchAll(/q (\S+) 0 0 (\S+) (\S+) (\S+) cm \/(\w+) Do Q/g)].map(
    ([, ...values]): Ink => {
      const [width = 0, height = 0, left = 0, bottom = 0] = values.map(Number);
      const mask = named.get(values[4] ?? '');
      const columns = Number(/\/Width (\d+)/.exec(mask?.head ?? '')?.[1]);
      const rows = Number(/\/Height (\d+)/.exec(mask?.head ?? '')?.[1]);
      const bits = mask?.stream() ?? Buffer.alloc(0);
      const isBlack = (x: number, y: number): boolean => {
        const column = Math.floor(((x - left) / width) * columns);
        const row = Math.floor((1 - (y - bottom) / height) * rows);
        if (column < 0 || column >= columns || row < 0 || row >= rows) return false;
        const byte = bits[row * Math.ceil(columns / 8) + (column >> 3)] ?? 0;
        return (byte & (128 >> (column & 7))) !== 0;
      };
      return { left, bottom, width, height, isBlack };
    },
  );
  return [...bars, ...masks];
}

function printed(inks: readonly Ink[], part: Part, height: number, dotsPerInch: number): Picture {
  const dot = 72 / dotsPerInch;
  const size = { width: Math.round(part.width / dot), height: Math.round(part.height / dot) };
  const data = new Uint8ClampedArray(size.width * size.height * 4).fill(255);
  for (let row = 0; row < size.height; row += 1) {
    const y = height - part.y - (row + 0.5) * dot;
    const crossed = inks.filter(({ bottom, height: tall }) => y >= bottom && y < bottom + tall);
    for (let column = 0; column < size.width; column += 1) {
      const x = part.x + (column + 0.5) * dot;
      const at = (row * size.width + column) * 4;
      const isInked = crossed.some(
        ({ left, width, isBlack }) => x >= left && x < left + width && isBlack(x, y),
      );
      if (isInked) data.fill(0, at, at + 3);
    }
  }
  return { data, ...size, colorSpace: 'srgb' };
}
