import { expect, test } from 'vitest';
import { readReleaseNotes } from '../release/read-release-notes.ts';

const CHANGELOG = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-24

### Added

- A second one.

## [0.1.0] - 2026-12-01

- The first one.
`;

test('the notes of a release are the section of its version', () => {
  expect(readReleaseNotes('v0.2.0', '0.2.0', CHANGELOG)).toBe('### Added\n\n- A second one.');
  expect(readReleaseNotes('v0.1.0', '0.1.0', CHANGELOG)).toBe('- The first one.');
});

test.each([
  [
    'another version',
    'v0.2.1',
    '0.2.0',
    'The tag v0.2.1 must be v0.2.0, the version of package.json.',
  ],
  ['a version that the changelog lacks', 'v0.3.0', '0.3.0', 'has no section "## [0.3.0] - <date>"'],
  ['a version that only looks like one of it', 'v0x2.0', '0x2.0', 'has no section'],
])('a tag of %s is refused', (_, tag, version, message) => {
  expect(() => readReleaseNotes(tag, version, CHANGELOG)).toThrow(message);
});
