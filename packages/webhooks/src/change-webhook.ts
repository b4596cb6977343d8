import { isDeepStrictEqual } from 'node:util';
import type { ProgressChange, WebhookStatus } from './webhook-register.ts';
import type { WebhookWithProgress } from './webhook-store.ts';
import type { Webhook } from './webhook.ts';

/** What a caller says of a webhook. What is left out stays. */
export interface WebhookInput {
  readonly url?: string;
  readonly eventTypes?: readonly string[] | null;
  readonly productIds?: readonly string[] | null;
  readonly batch?: number;
  readonly status?: WebhookStatus;
}

export interface ChangeOptions {
  /** When the change is made. */
  readonly at: Date;
  /** Takes the place of the secret, which signs for 24 hours more. */
  readonly sealedSecret: string | null;
  /** Where the deliveries begin again; null when they go on. */
  readonly replayAfter: number | null;
}

export interface WebhookChange {
  readonly webhook: Webhook;
  readonly progress: readonly ProgressChange[];
}

const PREVIOUS_SECRET_MS = 24 * 60 * 60 * 1_000;

/** The next version of a webhook; null when the input changes nothing. */
export function changeWebhook(
  { webhook, progress: { failingSince } }: WebhookWithProgress,
  { status, ...input }: WebhookInput,
  { at, sealedSecret, replayAfter }: ChangeOptions,
): WebhookChange | null {
  const progress: ProgressChange[] = [];
  const isPaused = webhook.pausedReason !== null;
  if (status === 'paused' && !isPaused) progress.push({ type: 'paused' });
  if (status === 'active' && isPaused) progress.push({ type: 'resumed' });
  // What the endpoint answered says nothing about what it will answer.
  const isElsewhere = input.url !== undefined && input.url !== webhook.url;
  const isMended = isElsewhere || (sealedSecret !== null && failingSince !== null);
  if (isMended) progress.push({ type: 'mended' });
  if (replayAfter !== null) progress.push({ type: 'replayed', cursor: replayAfter });
  const changed: Webhook = {
    ...webhook,
    ...input,
    pausedReason: pausedReasonAfter(webhook, status),
    ...(sealedSecret !== null && {
      sealedSecret,
      sealedPreviousSecret: webhook.sealedSecret,
      previousSecretUntil: new Date(at.getTime() + PREVIOUS_SECRET_MS).toISOString(),
    }),
  };
  if (progress.length === 0 && isDeepStrictEqual(changed, webhook)) return null;
  const version = webhook.version + 1;
  return { webhook: { ...changed, version, updatedAt: at.toISOString() }, progress };
}

/** Whoever pauses what is paused already changes nothing: it keeps its reason. */
function pausedReasonAfter({ pausedReason }: Webhook, status: WebhookStatus | undefined) {
  if (status === 'active') return null;
  return status === 'paused' ? (pausedReason ?? 'requested') : pausedReason;
}
