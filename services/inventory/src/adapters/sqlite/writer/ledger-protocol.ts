import type { Row, Sql } from '@anaquel/runtime/sql';
import type { FlatCommand, FlatOutcome } from './flat-batch.ts';
import type { FlatTexts } from './flat-texts.ts';
import type { BatchFailure } from './ledger-store.ts';

/** What the service asks of the writer's thread. Answers come in the order of the requests. */
export type Request =
  | { readonly type: 'commit'; readonly commands: readonly FlatCommand[] }
  | {
      readonly type: 'recent-texts';
      readonly logId: string;
      readonly position: number;
      readonly limit: number;
    }
  | { readonly type: 'load-cursor'; readonly relay: string }
  | { readonly type: 'save-cursor'; readonly relay: string; readonly position: number }
  | { readonly type: 'prune-records'; readonly before: string; readonly limit: number }
  | { readonly type: 'adopt-records'; readonly limit: number }
  /** Carries out statements in one transaction. */
  | { readonly type: 'commit-statements'; readonly statements: readonly Sql[] }
  | { readonly type: 'close' };

export type Response =
  | { readonly type: 'committed'; readonly outcomes: readonly FlatOutcome[] }
  | { readonly type: 'texts'; readonly texts: FlatTexts | null }
  | { readonly type: 'number'; readonly value: number }
  /** Of each statement. */
  | { readonly type: 'rows'; readonly rows: readonly (readonly Row[])[] }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: BatchFailure; readonly message: string };

/**
 * Messages cross the threads as JSON text, which costs less than a structured clone of many small
 * objects, and more than one of a few arrays of texts.
 */
export function encode(message: Request | Response): string | Response {
  return message.type === 'texts' ? message : JSON.stringify(message);
}

export function decodeRequest(text: unknown): Request {
  return JSON.parse(text as string) as Request;
}

export function decodeResponse(message: string | Response): Response {
  return typeof message === 'string' ? (JSON.parse(message) as Response) : message;
}
