import type { SettingsReader } from '@anaquel/runtime';
import { parseSealingKey, SEALING_KEY_FORM } from './sealed-secret.ts';

export interface WebhookSettings {
  /** Null where nothing can be signed: webhooks are then neither made nor told of anything. */
  readonly sealingKey: Buffer | null;
  /** Whether plain `http:` and addresses of this machine and its network are fine. */
  readonly allowPrivate: boolean;
}

/** Reads WEBHOOKS_SECRET_KEY and WEBHOOKS_ALLOW_PRIVATE. */
export function readWebhookSettings(settings: SettingsReader): WebhookSettings {
  const text = settings.optionalSecret('WEBHOOKS_SECRET_KEY');
  const sealingKey = text === undefined ? null : parseSealingKey(text);
  if (text !== undefined && sealingKey === null)
    settings.problems.push(`WEBHOOKS_SECRET_KEY ${SEALING_KEY_FORM}.`);
  const allowed = settings.oneOf('WEBHOOKS_ALLOW_PRIVATE', ['true', 'false'], { default: 'false' });
  return { sealingKey, allowPrivate: allowed === 'true' };
}
