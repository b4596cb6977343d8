import { protocolProblem } from '@anaquel/jsonapi';
import { breachesOf, undocumentedCodes } from '@anaquel/jsonapi/rules';
import type { CheckedAnswer, CheckedRequest } from '@anaquel/jsonapi/rules';
import { authProblem } from '@anaquel/runtime';
import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';
import { stockProblem } from '../../src/http/problems.ts';

const catalogue = new Map(
  [protocolProblem, authProblem, stockProblem].flatMap(({ entries }) =>
    Object.entries(entries).map(
      ([code, { status, title }]) => [code, { status: String(status), title }] as const,
    ),
  ),
);

const documents = new WeakMap<FastifyInstance, object>();

/** Checks that the documentation of the operation names each code by which it refused. */
export function expectDocumented(
  app: FastifyInstance,
  answer: CheckedAnswer,
  request: CheckedRequest,
): void {
  const document = documents.get(app) ?? app.swagger();
  documents.set(app, document);
  const { method, url } = request;
  expect([method, url, undocumentedCodes(document, answer, request)]).toEqual([method, url, []]);
}

/** Checks an answer by the rules of JSON:API. */
export function expectJsonApi(answer: CheckedAnswer, request: CheckedRequest): void {
  expect(breachesOf(answer, request, catalogue)).toEqual([]);
}
