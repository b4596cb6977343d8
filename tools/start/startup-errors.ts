import type { Output } from '@anaquel/runtime';

/** The error output of services that don't come up. */
export interface StartupErrors extends Output {
  /** All of them are up: what is written from now on is news. */
  clear(): void;
}

/**
 * Services that don't come up tend to complain of the same thing, together and at every try: each
 * line is written once.
 */
export function createStartupErrors(output: Output, allAreUp: () => boolean): StartupErrors {
  const writtenLines = new Set<string>();

  function isNews(line: string): boolean {
    const text = line.replace(/"time":\d+/, '');
    if (writtenLines.has(text)) return false;
    writtenLines.add(text);
    return true;
  }

  return {
    clear: () => writtenLines.clear(),
    settled: () => output.settled(),
    write(lines) {
      if (allAreUp()) return output.write(lines);
      const news = lines
        .toString()
        .split(/(?<=\n)/)
        .filter(isNews);
      if (news.length > 0) output.write(news.join(''));
    },
  };
}
