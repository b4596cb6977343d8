import { expect } from 'vitest';
import { protocolProblem } from '../src/index.ts';
import {
  breachesOf,
  undocumentedCodes,
  type CheckedAnswer,
  type CheckedRequest,
} from '../src/rules.ts';

/** What a service's problems are declared with. */
interface Problems {
  readonly entries: Readonly<Record<string, { readonly status: number; readonly title: string }>>;
}

/** A server that can tell its OpenAPI document. */
interface DocumentedApp {
  openApiDocument(): Promise<object>;
}

/** Checks of the answers of a service that has these problems beside those of the protocol. */
export function answerChecks(...problems: readonly Problems[]) {
  const catalogue = new Map(
    [protocolProblem, ...problems].flatMap(({ entries }) =>
      Object.entries(entries).map(
        ([code, { status, title }]) => [code, { status: String(status), title }] as const,
      ),
    ),
  );
  return {
    /** Checks that the documentation of the operation names each code by which it refused. */
    async expectDocumented(
      app: DocumentedApp,
      answer: CheckedAnswer,
      request: CheckedRequest,
    ): Promise<void> {
      // The document takes longer than most tests, which refuse nothing.
      if (answer.status < 400) return;
      const document = await app.openApiDocument();
      const { method, url } = request;
      expect([method, url, undocumentedCodes(document, answer, request)]).toEqual([
        method,
        url,
        [],
      ]);
    },

    /** Checks an answer by the rules of JSON:API. */
    expectJsonApi(answer: CheckedAnswer, request: CheckedRequest): void {
      expect(breachesOf(answer, request, catalogue)).toEqual([]);
    },
  };
}
