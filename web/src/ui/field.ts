import { inject, provide, type InjectionKey, type Ref } from 'vue';

/** What a control takes from the field that it stands in. */
export interface FieldContext {
  /** Of the control, so that the label names it. */
  readonly id: string;
  readonly isRequired: Readonly<Ref<boolean>>;
  readonly isInvalid: Readonly<Ref<boolean>>;
  /** The ids of the texts about it. */
  readonly describedBy: Readonly<Ref<string | undefined>>;
}

const KEY: InjectionKey<FieldContext> = Symbol('field');

export function provideField(context: FieldContext): void {
  provide(KEY, context);
}

/** Null for a control that stands alone and names itself by `aria-label`. */
export function useField(): FieldContext | null {
  return inject(KEY, null);
}
