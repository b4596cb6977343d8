import type { CloudEvent } from '@anaquel/events';
import type { MakeRequest } from './endpoint-answer.ts';
import type { SecretSeal } from './sealed-secret.ts';
import { signatureHeaders } from './signature.ts';
import type { Webhook } from './webhook.ts';

/** What one request tells an endpoint. It stays the same at each attempt to deliver it. */
interface Message {
  /**
   * `webhook-id`, of this request. The same events may come again in other batches, and after a
   * change of filters there may be other events from the first to the last.
   */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
}

/**
 * The message of one event, or of several in their order.
 *
 * One that is sent alone is named by its source and id, which no other event of any service has.
 * What is sent as a batch is always a list, also when there is one event in it, so that an endpoint
 * gets one form.
 *
 * @param events at least one
 * @param batch how many the webhook takes at once; 1 for events that are sent alone
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
function createMessage(events: readonly CloudEvent[], batch: number): Message {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) throw new TypeError('a message tells of events');
  if (batch === 1) {
    return {
      id: `${first.source}#${first.id}`,
      contentType: 'application/cloudevents+json; charset=utf-8',
      body: JSON.stringify(first),
    };
  }
  return {
    id: `${first.source}#${first.order}-${last.order}`,
    contentType: 'application/cloudevents-batch+json; charset=utf-8',
    body: JSON.stringify(events),
  };
}

/**
 * Makes the request of each attempt. It is signed with the webhook's secret, and with the one
 * before while that is valid and can be opened.
 *
 * What it makes throws a `SealedSecretError` where it can't open the present secret.
 */
export function createMakeRequest(seal: SecretSeal): MakeRequest {
  return (webhook, events, at) => {
    const { id, contentType, body } = createMessage(events, webhook.batch);
    const timestamp = Math.floor(at.getTime() / 1_000);
    return {
      url: webhook.url,
      headers: {
        'content-type': contentType,
        ...signatureHeaders({ id, timestamp, body }, secretsOf(webhook, seal, at)),
      },
      body,
    };
  };
}

function secretsOf(webhook: Webhook, seal: SecretSeal, at: Date): string[] {
  const { id, sealedSecret, sealedPreviousSecret: previous, previousSecretUntil: until } = webhook;
  const secrets = [seal.open(sealedSecret, id)];
  if (previous === null || until === null || at.getTime() >= Date.parse(until)) return secrets;
  try {
    secrets.push(seal.open(previous, id));
  } catch {
    // A new secret is how a webhook is rescued whose old one was sealed by a key that is lost.
  }
  return secrets;
}
