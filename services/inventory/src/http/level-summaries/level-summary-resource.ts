import { declareResource } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { LevelSummary } from '../../domain/level-summary.ts';

const units = (description: string) => Type.Integer({ minimum: 0, description });

const attributes = Type.Object({
  productId: Type.String(),
  from: Type.String({ format: 'date-time' }),
  to: Type.String({ format: 'date-time', description: 'No part of it.' }),
  onHand: units('At its end.'),
  reserved: units('At its end.'),
  available: units('At its end.'),
  movements: units('How many there were within.'),
});

/** How a level stood at the end of a span of time. */
export function levelSummaryResource() {
  return declareResource({
    type: 'level-summaries',
    attributes,
    id: ({ productId, from }) => `${productId}-${from}`,
    view({ productId, from, to, onHand, reserved, movements }: LevelSummary) {
      const available = onHand - reserved;
      return { productId: String(productId), from, to, onHand, reserved, available, movements };
    },
  });
}
