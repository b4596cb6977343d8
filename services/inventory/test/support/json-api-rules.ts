import { answerChecks } from '@anaquel/jsonapi/answer-checks';
import { authProblem } from '@anaquel/runtime';
import { webhookProblem } from '@anaquel/webhooks';
import { stockProblem } from '../../src/http/problems.ts';

export const { expectDocumented, expectJsonApi } = answerChecks(
  authProblem,
  stockProblem,
  webhookProblem,
);
