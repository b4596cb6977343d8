import type { DeliveryStore, WebhookVersion, WebhookWithProgress } from '../webhook-store.ts';
import { createEndpointPace } from './sending/endpoint-pace.ts';
import type { LogReading } from './reading/log-reading.ts';
import {
  applyChange,
  createRecipient,
  letGoOfWindow,
  type OwnReason,
  type Recipient,
} from './recipient.ts';
import type { WindowOpener } from './window/window-opening.ts';

export interface RecipientsOptions {
  readonly store: Pick<DeliveryStore, 'revision' | 'versions' | 'webhooks'>;
  readonly reading: Pick<LogReading, 'add' | 'remove' | 'position'>;
  readonly opener: WindowOpener;
  /** Told of each that is new, or goes on in another way. */
  readonly onChange: (recipient: Recipient) => void;
  readonly random: () => number;
}

/** All webhooks, as they are by now. */
export interface Recipients {
  readonly isEmpty: boolean;
  get(id: string): Recipient | undefined;
  /** Reads what callers changed: one number, if that is nothing. */
  refresh(): Promise<void>;
  /** Stops sending to it at once, and has that saved. */
  pause(recipient: Recipient, reason: OwnReason): void;
  /** Goes on with a recipient that is `ending`, if nothing is in flight. */
  endIfDone(recipient: Recipient): void;
}

export function createRecipients(options: RecipientsOptions): Recipients {
  const { store, reading, opener, onChange, random } = options;
  const recipients = new Map<string, Recipient>();
  let revision: number | null = null;

  function add(known: WebhookWithProgress): void {
    const { failingSince, behind } = known.progress;
    const pace = createEndpointPace(random, { failures: failingSince === null ? 0 : 1, dueMs: 0 });
    const recipient = createRecipient(known, { position: reading.position, pace });
    recipients.set(known.webhook.id, recipient);
    onChange(recipient);
    if (recipient.phase === 'paused') return;
    if (!behind) opener.open(recipient);
    reading.add(recipient);
  }

  function end(recipient: Recipient): void {
    if (recipient.phase !== 'paused') reading.remove(recipient);
    recipient.phase = 'ending';
    onChange(recipient);
    endIfDone(recipient);
  }

  function endIfDone(recipient: Recipient): void {
    const { phase, window } = recipient;
    if (phase !== 'ending' || (window && window.inFlight > 0)) return;
    letGoOfWindow(recipient);
    if (recipient.phase !== 'paused') reading.add(recipient);
  }

  function remove(recipient: Recipient): void {
    recipients.delete(recipient.webhook.id);
    reading.remove(recipient);
    recipient.phase = 'deleted';
    recipient.window?.close();
  }

  return {
    get isEmpty() {
      return recipients.size === 0;
    },
    get: (id) => recipients.get(id),
    async refresh() {
      const current = await store.revision();
      if (current === revision) return;
      const gone = new Map(recipients);
      const changed: string[] = [];
      for (const version of await store.versions()) {
        gone.delete(version.id);
        if (!isOfVersion(recipients.get(version.id), version)) changed.push(version.id);
      }
      for (const known of byCursor(await store.webhooks(changed))) {
        const recipient = recipients.get(known.webhook.id);
        if (!recipient) add(known);
        else if (applyChange(recipient, known)) end(recipient);
      }
      for (const recipient of gone.values()) remove(recipient);
      revision = current;
    },
    pause(recipient, reason) {
      recipient.webhook = { ...recipient.webhook, pausedReason: reason };
      recipient.unsavedPause = reason;
      end(recipient);
    },
    endIfDone,
  };
}

function isOfVersion(recipient: Recipient | undefined, { version, replay }: WebhookVersion) {
  if (!recipient) return false;
  const isReplay = (recipient.replayTo ?? recipient).replay === replay;
  return recipient.webhook.version === version && isReplay;
}

/** So that the first one to share the reading is the one that is furthest behind. */
function byCursor(webhooks: readonly WebhookWithProgress[]): WebhookWithProgress[] {
  return webhooks.toSorted((a, b) => a.progress.cursor - b.progress.cursor);
}
