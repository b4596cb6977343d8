import type { LabelFormat, Place } from './label-formats.ts';
import { barRectangles, layOutLabel, type LabelMarks, type TextMark } from './label-layout.ts';
import { createPdf, decimal, pdfText, type PdfFile } from './pdf-file.ts';
import { placeLabels, type LabelRun } from './place-labels.ts';
import type { PlacedMask, TextDrawing } from './text-drawing.ts';

const POINTS_A_MM = 72 / 25.4;

export interface LabelsJob extends LabelRun {
  readonly title: string;
  readonly drawing: TextDrawing;
  /** Hears how many labels are done. */
  readonly onProgress?: (count: number) => void;
  readonly signal?: AbortSignal;
}

/** After so long the window is drawn anew, and answers keys and clicks. */
const MOST_BUSY_MS = 40;

/**
 * The labels as a PDF: bars are vectors, texts are masks that also say what is written there.
 * @throws what the signal was aborted with.
 */
export async function labelsPdf(job: LabelsJob): Promise<Blob> {
  const { format, drawing } = job;
  const pdf = createPdf(job.title);
  const marksOf = onceEach((content: Parameters<typeof layOutLabel>[0]) =>
    layOutLabel(content, format, drawing.measure),
  );
  const writeText = textWriter(pdf, format, drawing);
  const size = { width: format.pageWidth * POINTS_A_MM, height: format.pageHeight * POINTS_A_MM };
  const emptyPage = () => ({ ...size, content: '', masks: new Set<string>() });
  let page = emptyPage();
  let pageNumber = 0;
  let count = 0;
  let pausedAtMs = performance.now();
  for (const label of placeLabels(job)) {
    job.signal?.throwIfAborted();
    if (label.page !== pageNumber) {
      await pdf.addPage(page);
      page = emptyPage();
      pageNumber = label.page;
    }
    const marks = marksOf(label.content);
    page.content += writeBars(marks, label.at, format);
    for (const text of marks.texts) {
      const { name, content } = writeText(text, label.at);
      page.masks.add(name);
      page.content += content;
    }
    count += 1;
    job.onProgress?.(count);
    if (performance.now() - pausedAtMs < MOST_BUSY_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    pausedAtMs = performance.now();
  }
  await pdf.addPage(page);
  return pdf.end();
}

function onceEach<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

function writeBars({ bars }: LabelMarks, at: Place, format: LabelFormat): string {
  if (bars === null) return '';
  const rectangles = barRectangles(bars, at, format.dotsPerInch).map(({ x, y, width, height }) =>
    [x, format.pageHeight - y - height, width, height].map(points).join(' '),
  );
  return `${rectangles.join(' re\n')} re f\n`;
}

/** Lines that are alike, such as prices, are drawn and kept once. */
function textWriter(pdf: PdfFile, format: LabelFormat, drawing: TextDrawing) {
  const masks = new Map<string, Omit<PlacedMask, 'mask'> & { readonly name: string }>();
  return (mark: TextMark, at: Place) => {
    const key = `${mark.font.weight} ${mark.font.size} ${mark.text}`;
    let kept = masks.get(key);
    if (kept === undefined) {
      const { mask, ...where } = drawing.mask({ ...mark, x: 0, baseline: 0 });
      kept = { ...where, name: pdf.addMask(mask) };
      masks.set(key, kept);
    }
    const { name, x, y, width, height } = kept;
    const bottom = format.pageHeight - (at.y + mark.baseline + y + height);
    const matrix = [width, 0, 0, height, at.x + mark.x + x, bottom].map(points).join(' ');
    const said = `/Span << /ActualText ${pdfText(mark.text)} >> BDC`;
    return { name, content: `${said} q ${matrix} cm /${name} Do Q EMC\n` };
  };
}

function points(millimetres: number): string {
  return decimal(millimetres * POINTS_A_MM);
}
