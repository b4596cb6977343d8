import { useSharedState, type SharedState } from '../stores/shared-state.ts';
import { readConsignment, type Consignment } from './consignment.ts';

/** The consignment that this browser receives. */
export function useConsignment(): SharedState<Consignment> {
  return useSharedState('anaquel.consignment', readConsignment);
}
