import { useQuery } from '@pinia/colada';
import { api } from '../gateway.ts';
import { loadLabels, type LabelSource } from '../labels/load-labels.ts';
import { productKeys } from './catalogue.ts';

/** The products whose labels are wanted. */
export function useLabels(source: () => LabelSource) {
  return useQuery({
    key: () => [...productKeys.all, 'labels', JSON.stringify(source())],
    query: ({ signal }) => loadLabels(api, source(), signal),
  });
}
