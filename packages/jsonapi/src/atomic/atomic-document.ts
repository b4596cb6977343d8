import { JsonApiError, protocolProblem } from '../http/problems.ts';
import { MAX_OPERATIONS, OPERATIONS } from './atomic-operations.ts';
import { isObject } from '../json.ts';
import { malformed } from './atomic-targets.ts';

/**
 * The list of operations in a document. https://jsonapi.org/ext/atomic/#document-structure
 *
 * @throws {JsonApiError} 400 when there is none, or one of more than 1,000 operations
 */
export function operationsOf(document: unknown, example: object): readonly unknown[] {
  const advice = `Send a JSON object with "${OPERATIONS}", for example ${JSON.stringify(example)}.`;
  // Where there is no document, nothing can be pointed to.
  if (document === undefined) throw new JsonApiError(protocolProblem('invalid-document', advice));
  if (!isObject(document)) throw malformed(advice);
  const operations = document[OPERATIONS];
  if (operations === undefined) throw malformed(advice);
  for (const name of ['data', 'included', 'errors', 'atomic:results'])
    if (name in document)
      throw malformed(`Leave "${name}" out of a list of operations.`, `/${name}`);
  const pointer = `/${OPERATIONS}`;
  if (!Array.isArray(operations) || operations.length === 0)
    throw malformed(`"${OPERATIONS}" must be a list of at least one operation.`, pointer);
  if (operations.length <= MAX_OPERATIONS) return operations;
  const detail = `Send at most ${MAX_OPERATIONS} operations at once.`;
  throw new JsonApiError(
    protocolProblem('invalid-document', detail, {
      source: { pointer },
      meta: { maxOperations: MAX_OPERATIONS },
    }),
  );
}
