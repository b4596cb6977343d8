import { computed, ref, shallowRef, watch } from 'vue';
import { region } from '../i18n/index.ts';
import { unitsIn } from '../stock/stock-draft.ts';
import { readStored, store } from '../stores/storage.ts';
import { labelFormats, labelsAPage, type Place } from './label-formats.ts';
import { millimetresIn } from './millimetres.ts';

const NAME = 'anaquel.labels';

/** The paper, as it stands in the fields. What was chosen before is kept in the browser. */
export function useLabelPaper() {
  const stored = (readStored(localStorage, NAME) ?? {}) as Readonly<Record<string, unknown>>;
  const formatOf = (id: unknown) => labelFormats.find((one) => one.id === id) ?? labelFormats[0];
  const shiftOf = (text: unknown) =>
    typeof text === 'string' && millimetresIn(text) !== null ? text : '0';

  const format = shallowRef(formatOf(stored['id']));
  /** The first free label of the page, from 1. */
  const first = ref('1');
  const right = ref(shiftOf(stored['right']));
  const down = ref(shiftOf(stored['down']));
  const labelsPerPage = computed(() => labelsAPage(format.value));
  const shift = computed((): Place | null => {
    const x = millimetresIn(right.value);
    const y = millimetresIn(down.value);
    return x === null || y === null ? null : { x, y };
  });
  watch([format, shift], () => {
    if (shift.value === null) return;
    store(localStorage, NAME, { id: format.value.id, right: right.value, down: down.value });
  });
  return {
    format,
    formatId: computed({
      get: () => format.value.id,
      set: (id) => {
        format.value = formatOf(id);
        first.value = '1';
      },
    }),
    labelsPerPage,
    first,
    /** From 0; null where the page has no such label. */
    firstPlace: computed(() => {
      const place = unitsIn(first.value, region.value);
      return place !== null && place >= 1 && place <= labelsPerPage.value ? place - 1 : null;
    }),
    right,
    down,
    /** Null where one of both is no number of millimetres. */
    shift,
  };
}
