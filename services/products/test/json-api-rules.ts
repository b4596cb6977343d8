import { answerChecks } from '@anaquel/jsonapi/answer-checks';
import { authProblem } from '@anaquel/runtime';
import { productProblem } from '../src/http/problems.ts';

export const { expectDocumented, expectJsonApi } = answerChecks(authProblem, productProblem);
