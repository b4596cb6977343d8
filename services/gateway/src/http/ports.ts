import type { Clock, RateLimit } from '@anaquel/runtime';
import type { Sessions } from '../application/sessions.ts';
import type { SignIn } from '../application/sign-in.ts';
import type { Tokens } from '../application/tokens.ts';
import type { Upstream } from '../application/upstream.ts';
import type { Storefront } from '../domain/access.ts';
import type { HoldLimit } from '../domain/hold-limit.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { Role } from '../domain/role.ts';

export interface Ports {
  readonly upstreams: readonly Upstream[];
  readonly sessions: Sessions;
  /** Null where no issuer is configured. */
  readonly tokens: Tokens | null;
  readonly signIn: SignIn;
  /** What shoppers change is counted by it. */
  readonly shopperLimit: RateLimit;
  /** What they hold is counted by it. */
  readonly holdLimit: HoldLimit;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly storefront: Storefront;
  /** The key of each role. Never part of an answer. */
  readonly keys: Readonly<Record<Role, string>>;
  /** Origins whose pages may call from a browser. */
  readonly corsOrigins: readonly string[];
}
