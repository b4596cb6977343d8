import { protocolProblem } from '@anaquel/jsonapi';
import { breachesOf } from '@anaquel/jsonapi/rules';
import type { CheckedAnswer, CheckedRequest } from '@anaquel/jsonapi/rules';
import { authProblem } from '@anaquel/runtime';
import { expect } from 'vitest';
import { productProblem } from '../src/http/problems.ts';

const catalogue = new Map(
  [protocolProblem, authProblem, productProblem].flatMap(({ entries }) =>
    Object.entries(entries).map(
      ([code, { status, title }]) => [code, { status: String(status), title }] as const,
    ),
  ),
);

/** Checks an answer by the rules of JSON:API. */
export function expectJsonApi(answer: CheckedAnswer, request: CheckedRequest): void {
  expect(breachesOf(answer, request, catalogue)).toEqual([]);
}
