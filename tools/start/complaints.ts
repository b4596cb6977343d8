import type { Output } from '@anaquel/runtime';

/** The error output of services that don't come up. */
export interface Complaints extends Output {
  /** All of them are up: what is written from now on is news. */
  calm(): void;
}

/**
 * Services that don't come up tend to complain of the same thing, together and at every try: each
 * line is written once.
 */
export function createComplaints(output: Output, allAreUp: () => boolean): Complaints {
  const seen = new Set<string>();

  function isNews(line: string): boolean {
    const said = line.replace(/"time":\d+/, '');
    if (seen.has(said)) return false;
    seen.add(said);
    return true;
  }

  return {
    calm: () => seen.clear(),
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
