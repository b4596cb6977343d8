import { useI18n } from 'vue-i18n';
import { useErrorText } from '../i18n/error-text.ts';
import { NoPictureError } from './send-picture.ts';

/** Says in one sentence why a picture was not sent. */
export function usePictureErrorText(): (error: unknown) => string {
  const { t } = useI18n();
  const describe = useErrorText();
  return (error) => (error instanceof NoPictureError ? t('form.noPicture') : describe(error).title);
}
