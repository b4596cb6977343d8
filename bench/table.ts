import { ratios, typical, type Result } from './comparison.ts';
import { hasThreadTimes, total } from './thread-times.ts';

const NAME_WIDTH = 36;
const SERVER_WIDTH = 10;
const WIDTH = 8;
const columns = [
  'req/s',
  '×',
  'p50 ms',
  'p99 ms',
  'main µs',
  'writer',
  'others',
  'database',
  'all µs',
  '× µs',
];

export function tableHead(): string {
  const rule = (width: number, end = ''): string => '-'.repeat(width + 2 - end.length) + end;
  return [
    rowOf('scenario', 'server', columns),
    `|${rule(NAME_WIDTH)}|${rule(SERVER_WIDTH)}|${columns.map(() => rule(WIDTH, ':')).join('|')}|`,
  ].join('\n');
}

/** A row for each; the first is what the others are compared with. */
export function tableRows(name: string, results: readonly Result[]): string {
  return results
    .map((result, index) => resultRow(index === 0 ? name : '', result, results))
    .join('\n');
}

function resultRow(name: string, result: Result, [yardstick]: readonly Result[]): string {
  const { requestsPerSecond, p50Ms, p99Ms, times } = typical(result);
  const isYardstick = yardstick === undefined || yardstick === result;
  const ratio = isYardstick ? null : ratios(result, yardstick);
  const cpu = [times.main, times.writer, times.others, times.database, total(times)].map((time) =>
    hasThreadTimes ? time.toFixed(0) : '–',
  );
  return rowOf(name, result.name, [
    Math.round(requestsPerSecond).toLocaleString('en-US'),
    ratio ? ratio.speed.toFixed(2) : '1',
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    ...cpu,
    hasThreadTimes ? (ratio ? ratio.cpu.toFixed(2) : '1') : '–',
  ]);
}

/** How the first compares with the second, round by round. */
export function tableRatioRow(first: Result, second: Result): string {
  const { speed, cpu } = ratios(first, second);
  const blank = columns.map(() => '');
  blank[1] = speed.toFixed(2);
  blank[blank.length - 1] = hasThreadTimes ? cpu.toFixed(2) : '–';
  return rowOf(`${first.name} / ${second.name}`, '', blank);
}

function rowOf(name: string, server: string, values: readonly string[]): string {
  const cells = values.map((value) => value.padStart(WIDTH));
  return `| ${name.padEnd(NAME_WIDTH)} | ${server.padEnd(SERVER_WIDTH)} | ${cells.join(' | ')} |`;
}
