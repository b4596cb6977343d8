import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { answerChecks } from '@anaquel/jsonapi/answer-checks';
import { authProblem } from '@anaquel/runtime';
import { webhookProblem } from '@anaquel/webhooks';
import { expect } from 'vitest';
import { productProblem } from '../src/http/problems.ts';

export const { expectDocumented, expectJsonApi } = answerChecks(
  authProblem,
  productProblem,
  webhookProblem,
);

interface Refusal {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  // Answers have many shapes here.
  readonly body: ReturnType<typeof JSON.parse>;
}

export function expectRefusal(
  answer: Refusal,
  status: number,
  code: string,
  source?: object,
): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
  expect(answer.body.errors[0]).toMatchObject({
    status: String(status),
    code,
    ...(source && { source }),
  });
}
