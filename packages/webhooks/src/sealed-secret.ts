import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** What a text of WEBHOOKS_SECRET_KEY must be, as the end of a sentence about it. */
export const SEALING_KEY_FORM =
  'must be 32 random bytes, as base64 or as 64 hexadecimal digits; `openssl rand -base64 32` makes them';

/** The key by which secrets are sealed; null when the text has not the form of one. */
export function parseSealingKey(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : null;
}

/** A sealed secret can't be read: by this key, for this webhook, or at all. */
class SealedSecretError extends Error {
  override name = 'SealedSecretError';
}

/** Keeps the secrets of webhooks from whoever reads the database without its key. */
export interface SecretSeal {
  /** Never the same text twice. It opens for the same webhook alone. */
  seal(secret: string, webhookId: string): string;
  /** @throws SealedSecretError */
  open(sealed: string, webhookId: string): string;
}

/** The first byte of what is sealed says how. */
const AES_256_GCM = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** @param key 32 bytes */
export function createSecretSeal(key: Buffer): SecretSeal {
  return {
    seal(secret, webhookId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(webhookId));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(AES_256_GCM), nonce, cipher.getAuthTag(), text]).toString(
        'base64',
      );
    },
    open(sealed, webhookId) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes[0] !== AES_256_GCM || bytes.length < HEADER_BYTES)
        throw new SealedSecretError(
          `The secret of webhook ${webhookId} is sealed in no known way.`,
        );
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(webhookId));
      decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEADER_BYTES));
      const text = decipher.update(bytes.subarray(HEADER_BYTES));
      try {
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        throw new SealedSecretError(
          `The secret of webhook ${webhookId} was sealed by another WEBHOOKS_SECRET_KEY, or for another webhook.`,
        );
      }
    },
  };
}
