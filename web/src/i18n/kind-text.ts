import { useI18n } from 'vue-i18n';
import { isOneOf, movementKinds, type Movement } from '../api/index.ts';

/** What a kind of movement is called; one that this release does not know is shown as it is. */
export function useKindText(): (kind: Movement['kind']) => string {
  const { t } = useI18n();
  return (kind) => (isOneOf(movementKinds, kind) ? t(`kinds.${kind}`) : kind);
}
