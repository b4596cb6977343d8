import { JsonApiError } from '@anaquel/jsonapi';
import type { SecretSeal } from '../sealed-secret.ts';
import type { WebhookPorts } from './ports.ts';
import { webhookProblem } from './problems.ts';

/** @throws {JsonApiError} 503 where the service has no key for secrets. */
export function requireSeal({ seal }: Pick<WebhookPorts, 'seal'>): SecretSeal {
  if (seal !== null) return seal;
  throw new JsonApiError(
    webhookProblem(
      'webhooks-not-set-up',
      'The service has no key for the secrets of webhooks, so that nothing can be signed and sent. Set WEBHOOKS_SECRET_KEY and start it again.',
    ),
  );
}
