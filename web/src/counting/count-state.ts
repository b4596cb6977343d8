import { useSharedState, type SharedState } from '../stores/shared-state.ts';
import { readSession, type CountSession } from './count-session.ts';

/** The session that this browser counts in; null when it counts nothing. */
export function useCountSession(): SharedState<CountSession | null> {
  return useSharedState('anaquel.count', readSession);
}
