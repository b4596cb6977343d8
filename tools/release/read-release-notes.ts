import { StartupError } from '@anaquel/runtime';

/**
 * The section of the changelog that is about the version of the tag, without its heading.
 * @throws StartupError when the tag names another version, or the changelog has no dated section.
 */
export function readReleaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`)
    throw new StartupError(`The tag ${tag} must be v${version}, the version of package.json.`);
  const sections = changelog.split(/^(?=## )/m);
  const heading = new RegExp(
    `^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`,
    'm',
  );
  const section = sections.find((text) => heading.test(text));
  if (section === undefined)
    throw new StartupError(
      `CHANGELOG.md has no section "## [${version}] - <date>": give "Unreleased" its version and day.`,
    );
  return section.replace(heading, '').trim();
}
