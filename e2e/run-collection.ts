import { promisify } from 'node:util';
import newman from 'newman';

const run = promisify(newman.run);
const REQUEST_TIMEOUT_MS = 60_000;

/** What failed of a Postman collection, and how much was requested and asserted. */
export async function runCollection(
  files: { readonly collection: string; readonly environment: string },
  variables: Readonly<Record<string, string>>,
) {
  const { run: report } = await run({
    ...files,
    envVar: Object.entries(variables).map(([key, value]) => ({ key, value })),
    timeoutRequest: REQUEST_TIMEOUT_MS,
  });
  return {
    failures: report.failures.map(
      ({ source, error }) => `${source?.name ?? 'the run'}: ${error.message}`,
    ),
    requests: report.stats.requests.total,
    assertions: report.stats.assertions.total,
  };
}
