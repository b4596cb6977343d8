import {
  ActivityIcon,
  ClipboardCheckIcon,
  HourglassIcon,
  PackageCheckIcon,
  PackagePlusIcon,
  PackageXIcon,
  ReceiptTextIcon,
  RotateCcwIcon,
  ShoppingBagIcon,
  SlidersHorizontalIcon,
  TrendingDownIcon,
  Undo2Icon,
} from '@lucide/vue';
import type { Component } from 'vue';
import type { Movement, MovementKind } from '../../api/index.ts';

/** What happened: a movement, or what comes of some. */
export type Mark = MovementKind | 'low' | 'soldOut' | 'backInStock' | 'purchase' | 'changed';

export const marks: Record<Mark, { readonly icon: Component; readonly class: string }> = {
  receipt: { icon: PackagePlusIcon, class: 'bg-emerald-500/12 text-success' },
  adjustment: { icon: SlidersHorizontalIcon, class: 'bg-amber-500/15 text-warning' },
  count: { icon: ClipboardCheckIcon, class: 'bg-sky-500/12 text-info' },
  sale: { icon: ShoppingBagIcon, class: 'bg-primary/10 text-primary' },
  reservation: { icon: HourglassIcon, class: 'bg-secondary/10 text-secondary' },
  release: { icon: Undo2Icon, class: 'bg-accented/60 text-toned' },
  return: { icon: RotateCcwIcon, class: 'bg-emerald-500/12 text-success' },
  low: { icon: TrendingDownIcon, class: 'bg-amber-500/15 text-warning' },
  soldOut: { icon: PackageXIcon, class: 'bg-amber-500/15 text-warning' },
  backInStock: { icon: PackageCheckIcon, class: 'bg-emerald-500/12 text-success' },
  purchase: { icon: ReceiptTextIcon, class: 'bg-primary/10 text-primary' },
  changed: { icon: ActivityIcon, class: 'bg-primary/10 text-primary' },
};

export function isMark(kind: Mark | Movement['kind']): kind is Mark {
  return kind in marks;
}
