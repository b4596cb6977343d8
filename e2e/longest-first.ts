import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first. Without an earlier run nothing else knows it. */
const LONGEST = [
  'e2e/start.test.ts',
  'e2e/web/changes.test.ts',
  'e2e/web/pages.test.ts',
  'e2e/web/buying.test.ts',
  'e2e/crash.test.ts',
  'e2e/web/operator.test.ts',
  'e2e/durability.test.ts',
  'e2e/gateway.test.ts',
  'e2e/web/import.test.ts',
  'e2e/reference-clients.test.ts',
];

/** Begins with the longest files, so that none of them runs on alone in the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // A stable sort: projects and all other files stay where they are.
    const groupOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
  return rank === -1 ? LONGEST.length : rank;
}
