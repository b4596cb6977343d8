import { labelsAPage, placeAt, type LabelFormat, type Place } from './label-formats.ts';
import type { LabelContent } from './label-layout.ts';

/** So many fit into one PDF: of more, a browser might run out of memory. */
export const MOST_LABELS = 1_000;

/** Labels that are alike. */
export interface LabelCopies {
  readonly content: LabelContent;
  readonly copies: number;
}

export interface LabelRun {
  readonly format: LabelFormat;
  readonly labels: readonly LabelCopies[];
  /** The place of the first label on the first page, from 0. */
  readonly first: number;
  /** How much further right and down all is printed, in millimetres. */
  readonly shift: Place;
}

export interface PlacedLabel {
  readonly content: LabelContent;
  /** From 0. */
  readonly page: number;
  /** Where it begins on its page. */
  readonly at: Place;
}

/** Every label where it is printed, page after page. */
export function* placeLabels({ format, labels, first, shift }: LabelRun): Generator<PlacedLabel> {
  const perPage = labelsAPage(format);
  let place = first;
  for (const { content, copies } of labels)
    for (let copy = 0; copy < copies; copy += 1) {
      const { x, y } = placeAt(format, place % perPage);
      const at = { x: x + shift.x, y: y + shift.y };
      yield { content, page: Math.floor(place / perPage), at };
      place += 1;
    }
}

export function labelCount(labels: readonly LabelCopies[]): number {
  return labels.reduce((sum, { copies }) => sum + copies, 0);
}

export function pageCount(format: LabelFormat, first: number, count: number): number {
  return count === 0 ? 0 : Math.ceil((first + count) / labelsAPage(format));
}
