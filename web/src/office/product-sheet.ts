import { computed, reactive, ref } from 'vue';
import {
  cellFault,
  changeOf,
  originalText,
  sheetFields,
  type SheetField,
  type SheetRow,
} from './sheet-cells.ts';

/** Cells whose texts were changed by one step, and what they were before. */
type Step = ReadonlyMap<string, string | undefined>;

const keyOf = ({ product }: SheetRow, field: SheetField) => `${product.id} ${field}`;

/**
 * Cells that were edited in a table of products and are not saved yet. Each typing, each paste is a
 * step that `undo` takes back.
 */
export function useProductSheet(rows: () => readonly SheetRow[]) {
  const edits = reactive(new Map<string, string>());
  const steps = ref<Step[]>([]);
  /** The cell that is being typed in: further keys belong to the same step. */
  let typed: string | null = null;

  const isEditable = (row: SheetRow, field: SheetField) =>
    field !== 'threshold' || row.level !== undefined;
  const isEdited = (row: SheetRow, field: SheetField) => edits.has(keyOf(row, field));
  const textOf = (row: SheetRow, field: SheetField) =>
    edits.get(keyOf(row, field)) ?? originalText(row, field);

  function put(cells: readonly { row: SheetRow; field: SheetField; text: string }[]): Step {
    const before = new Map<string, string | undefined>();
    for (const { row, field, text } of cells) {
      if (!isEditable(row, field)) continue;
      const key = keyOf(row, field);
      before.set(key, edits.get(key));
      if (text.trim() === originalText(row, field)) edits.delete(key);
      else edits.set(key, text);
    }
    return before;
  }

  function type(row: SheetRow, field: SheetField, text: string): void {
    const step = put([{ row, field, text }]);
    if (typed !== keyOf(row, field)) steps.value.push(step);
    typed = keyOf(row, field);
  }

  function paste(from: { row: SheetRow; field: SheetField }, text: string): void {
    steps.value.push(put(pastedCells(rows(), from, text)));
    typed = null;
  }

  function undo(): void {
    typed = null;
    for (const [key, text] of steps.value.pop() ?? []) {
      if (text === undefined) edits.delete(key);
      else edits.set(key, text);
    }
  }

  function clear(): void {
    edits.clear();
    steps.value = [];
    typed = null;
  }

  const faultOf = (row: SheetRow, field: SheetField) =>
    isEdited(row, field) ? cellFault(row, field, textOf(row, field)) : null;
  const editsOf = (row: SheetRow) =>
    new Map<SheetField, string>(
      sheetFields.flatMap((field) =>
        isEdited(row, field) ? [[field, textOf(row, field)] as const] : [],
      ),
    );
  const edited = computed(() => rows().filter((row) => editsOf(row).size > 0));
  const faults = computed(() =>
    edited.value.flatMap((row) => sheetFields.filter((field) => faultOf(row, field) !== null)),
  );
  const changes = computed(() => edited.value.map((row) => changeOf(row, editsOf(row))));
  const canUndo = computed(() => steps.value.length > 0);
  const cells = { textOf, isEditable, isEdited, faultOf };
  return { ...cells, faults, changes, canUndo, type, paste, undo, clear };
}

/** Lines fill rows downwards, and tabs columns to the right, from one cell on. */
function pastedCells(
  rows: readonly SheetRow[],
  from: { readonly row: SheetRow; readonly field: SheetField },
  text: string,
) {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n');
  const first = rows.findIndex(({ product }) => product.id === from.row.product.id);
  const column = sheetFields.indexOf(from.field);
  return lines.flatMap((line, down) =>
    line.split('\t').flatMap((cell, right) => {
      const row = rows[first + down];
      const field = sheetFields[column + right];
      return row && field ? [{ row, field, text: cell.trim() }] : [];
    }),
  );
}
