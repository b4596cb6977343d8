import type { BarSymbol } from './bar-symbol.ts';
import type { LabelFormat } from './label-formats.ts';
import { cutText, wrapText, type Measure } from './wrap-text.ts';

/** What a label says. */
export interface LabelContent {
  readonly name: string;
  /** With its currency. */
  readonly price: string;
  readonly sku: string | null;
  /** Null for a product that has no code, or one without bars. */
  readonly symbol: BarSymbol | null;
}

/** A line of text. Lengths are in millimetres from the upper left corner of the label. */
export interface TextMark {
  readonly text: string;
  readonly x: number;
  readonly baseline: number;
  readonly width: number;
  readonly font: Font;
}

export interface Font {
  readonly size: number;
  readonly weight: 400 | 600 | 700;
}

export interface BarMark {
  readonly modules: string;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly moduleWidth: number;
}

/** A label as it is printed. */
export interface LabelMarks {
  readonly texts: readonly TextMark[];
  /** Null where there is no code, or where it is too long for the label. */
  readonly bars: BarMark | null;
}

/** How wide a text is in a font, in millimetres. */
export type MeasureText = (text: string, font: Font) => number;

const MM_AN_INCH = 25.4;
/** Between what is printed and the edge of the label, however it was fed. */
const PADDING = { x: 2, y: 1.5 };
/** The height of the contents for which the sizes below are meant: others are in proportion. */
const NOMINAL_HEIGHT = 22;
const SCALE = { least: 0.8, most: 1.6 };
const NAME = { size: 2.8, line: 3.3, lines: 2 };
const PRICE = { size: 4.2, line: 5 };
const SMALL = { size: 2.1, line: 2.6 };
const GAP = 0.5;
const WIDEST_MODULE = 0.4;
/** Of four dots at 600 dpi: what is narrower, phones can't read. */
const NARROWEST_MODULE = 0.165;

/** Puts what a label says where it belongs: the name, price and SKU, bars, and their code. */
export function layOutLabel(
  content: LabelContent,
  format: LabelFormat,
  measure: MeasureText,
): LabelMarks {
  const box = contentBox(format);
  const scale = Math.min(Math.max(box.height / NOMINAL_HEIGHT, SCALE.least), SCALE.most);
  const name = { size: NAME.size * scale, weight: 600 } as const;
  const small = { size: SMALL.size * scale, weight: 400 } as const;
  const nameLines = wrapText(content.name, box.width, NAME.lines, inFont(measure, name));
  const texts = nameLines.map((text, at) =>
    markOf(text, name, measure, box, isRightToLeft(text) ? 'end' : 'start', {
      baseline: box.y + at * NAME.line * scale + name.size,
    }),
  );
  const priceTop = box.y + nameLines.length * NAME.line * scale;
  const priceBaseline = priceTop + PRICE.size * scale;
  const price = fittingFont(content.price, PRICE.size * scale, box.width, measure);
  const priceMark = markOf(content.price, price, measure, box, 'end', { baseline: priceBaseline });
  texts.push(priceMark);
  const { symbol } = content;
  const barsTop = priceTop + (PRICE.line + GAP) * scale;
  const height = box.y + box.height - SMALL.line * scale - barsTop;
  const bars = symbol && barsIn({ ...box, y: barsTop, height }, symbol, format.dotsPerInch);
  const code = symbol?.text ?? null;
  // What stands below the bars is not written twice.
  if (content.sku !== null && content.sku !== code) {
    const room = box.width - priceMark.width - small.size;
    const sku = cutText(content.sku, room, inFont(measure, small));
    texts.push(markOf(sku, small, measure, box, 'start', { baseline: priceBaseline }));
  }
  if (code !== null) {
    const shown = cutText(code, box.width, inFont(measure, small));
    const baseline = box.y + box.height - (SMALL.line - SMALL.size) * scale;
    texts.push(markOf(shown, small, measure, box, 'middle', { baseline }));
  }
  return { texts, bars };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the labels of a format are printed on: the same for all, so that they look the same. */
function contentBox({ width, height, left, top, unprinted }: LabelFormat): Box {
  const x = Math.max(PADDING.x, unprinted - left);
  const y = Math.max(PADDING.y, unprinted - top);
  return { x, y, width: width - 2 * x, height: height - 2 * y };
}

function inFont(measure: MeasureText, font: Font): Measure {
  return (text) => measure(text, font);
}

function markOf(
  text: string,
  font: Font,
  measure: MeasureText,
  box: Box,
  align: 'start' | 'middle' | 'end',
  { baseline }: { readonly baseline: number },
): TextMark {
  const width = measure(text, font);
  const free = box.width - width;
  const before = { start: 0, middle: free / 2, end: free }[align];
  return { text, font, width, baseline, x: box.x + before };
}

/** The font of the size, or the larger one of those that fit the width. */
function fittingFont(text: string, size: number, width: number, measure: MeasureText): Font {
  const wide = measure(text, { size, weight: 700 });
  return { size: wide <= width ? size : (size * width) / wide, weight: 700 };
}

/** Whether the bars are short enough for a label. */
export function areBarsFitting(symbol: BarSymbol, format: LabelFormat): boolean {
  return barsIn(contentBox(format), symbol, format.dotsPerInch) !== null;
}

/** In the middle of a box, its modules as many whole dots wide as fit; null where none do. */
function barsIn(box: Box, { modules, quiet }: BarSymbol, dotsPerInch: number): BarMark | null {
  const dot = MM_AN_INCH / dotsPerInch;
  const count = quiet.left + modules.length + quiet.right;
  const dots = Math.floor(Math.min(box.width / count, WIDEST_MODULE) / dot);
  const moduleWidth = dots * dot;
  if (moduleWidth < NARROWEST_MODULE) return null;
  const x = box.x + (box.width - count * moduleWidth) / 2 + quiet.left * moduleWidth;
  return { modules, moduleWidth, x, y: box.y, height: box.height };
}

/** By the first letter of it. */
export function isRightToLeft(text: string): boolean {
  return /^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(
    text,
  );
}

/** A bar as a rectangle, in millimetres. */
export interface BarRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The black bars on a page, for a label that begins at `at`. They begin and end between two dots
 * of the printer; a hair less, or one that fills each dot that it touches would make them wider.
 */
export function barRectangles(
  { modules, moduleWidth, x, y, height }: BarMark,
  at: { readonly x: number; readonly y: number },
  dotsPerInch: number,
): BarRectangle[] {
  const dot = MM_AN_INCH / dotsPerInch;
  const hair = dot / 50;
  const left = Math.round((at.x + x) / dot) * dot;
  return Array.from(modules.matchAll(/1+/g), ({ 0: bar, index }) => ({
    x: left + index * moduleWidth + hair,
    y: at.y + y,
    width: bar.length * moduleWidth - 2 * hair,
    height,
  }));
}
