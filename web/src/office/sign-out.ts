import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { useSession } from '../stores/session.ts';
import { useToasts } from '../stores/toasts.ts';

/** Ends the session and leads to where one signs in again. */
export function useSignOut(): () => Promise<void> {
  const { t } = useI18n();
  const router = useRouter();
  const session = useSession();
  const toasts = useToasts();
  return async () => {
    const result = await session.signOut();
    if (!result.ok) return toasts.show('error', t('nav.signOutFailed'));
    toasts.show('info', t('nav.signedOut'));
    await router.push({ name: 'sign-in' });
  };
}
