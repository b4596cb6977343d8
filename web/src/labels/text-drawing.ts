import { isRightToLeft, type Font, type MeasureText, type TextMark } from './label-layout.ts';
import type { BitMask } from './pdf-file.ts';

/** As fine as office printers print. */
const DOTS_PER_INCH = 600;
const MM_AN_INCH = 25.4;
const DOTS_A_MM = DOTS_PER_INCH / MM_AN_INCH;
/** Texts are measured this large, since browsers round small ones. */
const MEASURED_PX = 100;
/** What a glyph may reach beyond its line, in parts of the size. */
const ABOVE = 1.1;
const BELOW = 0.4;
const BESIDE = 0.2;
/** From which darkness on each pixel of four by four is black: greys of an emoji are dots so. */
const THRESHOLDS = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map(
  (rank) => (255 * (rank + 0.5)) / 16,
);
const WEIGHTS = [400, 600, 700];

/** The font of the app; where it has no glyph, those of the system. */
export function cssFont({ weight }: Font, sizePx: number): string {
  return `${weight} ${sizePx}px 'Inter Variable', ui-sans-serif, system-ui, sans-serif`;
}

/** Brings what the app's font has of the scripts of a text: without it another font is used. */
export async function loadFonts(text: string): Promise<void> {
  const loads = WEIGHTS.map((weight) =>
    document.fonts.load(`${weight} 16px 'Inter Variable'`, text).catch(() => []),
  );
  await Promise.all(loads);
}

export interface TextDrawing {
  readonly measure: MeasureText;
  /** A line of text, and where it stands on the label, in millimetres. */
  mask(mark: TextMark): PlacedMask;
}

export interface PlacedMask {
  readonly mask: BitMask;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Draws texts by the browser, which has fonts, shapes and directions for all scripts.
 * @throws where it has no canvas.
 */
export function createTextDrawing(): TextDrawing {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser draws no pictures');
  return {
    measure(text, font) {
      context.font = cssFont(font, MEASURED_PX);
      return (context.measureText(text).width * font.size) / MEASURED_PX;
    },
    mask({ text, x, baseline, width, font }) {
      const beside = font.size * BESIDE;
      const above = font.size * ABOVE;
      const columns = Math.ceil((width + 2 * beside) * DOTS_A_MM);
      const rows = Math.ceil((above + font.size * BELOW) * DOTS_A_MM);
      // To change its size takes long.
      if (canvas.width < columns) canvas.width = columns;
      if (canvas.height < rows) canvas.height = rows;
      context.fillStyle = '#fff';
      context.fillRect(0, 0, columns, rows);
      context.fillStyle = '#000';
      context.font = cssFont(font, font.size * DOTS_A_MM);
      context.direction = isRightToLeft(text) ? 'rtl' : 'ltr';
      context.textAlign = 'left';
      context.fillText(text, beside * DOTS_A_MM, above * DOTS_A_MM);
      return {
        mask: maskOf(context.getImageData(0, 0, columns, rows)),
        x: x - beside,
        y: baseline - above,
        width: columns / DOTS_A_MM,
        height: rows / DOTS_A_MM,
      };
    },
  };
}

function maskOf({ data, width, height }: ImageData): BitMask {
  const bytes = Math.ceil(width / 8);
  const bits = new Uint8Array(bytes * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      // Green is about as light as the colour is.
      const light = data[(y * width + x) * 4 + 1] ?? 0;
      if (light === 255 || light > (THRESHOLDS[(y & 3) * 4 + (x & 3)] ?? 0)) continue;
      const byte = y * bytes + (x >> 3);
      bits[byte] = (bits[byte] ?? 0) | (128 >> (x & 7));
    }
  return { width, height, bits };
}
