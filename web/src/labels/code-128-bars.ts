/** The widths of each value's bars and gaps, by turns (ISO/IEC 15417); the last is the stop. */
const WIDTHS = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 ' +
  '122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 ' +
  '321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 ' +
  '211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 ' +
  '213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 ' +
  '121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 ' +
  '241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 ' +
  '412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 ' +
  '211214 211232 2331112'
).split(' ');
const TO_C = 99;
const TO_B = 100;
const FNC1 = 102;
const START_B = 104;
const START_C = 105;
const STOP = 106;
/** To change the code set for fewer digits makes the symbol longer. */
const FEWEST_DIGITS_AT_AN_END = 4;
const FEWEST_DIGITS_WITHIN = 6;

/** The modules of a Code 128, 1 where it is black; null for what is more than visible ASCII. */
export function code128Bars(text: string): string | null {
  if (!/^[ -~]+$/.test(text)) return null;
  const values: number[] = [];
  let set: 'B' | 'C' | null = null;
  const enter = (next: 'B' | 'C') => {
    if (set === null) values.push(next === 'B' ? START_B : START_C);
    else if (set !== next) values.push(next === 'B' ? TO_B : TO_C);
    set = next;
  };
  for (const { text: part, isPairs } of partsOf(text)) {
    enter(isPairs ? 'C' : 'B');
    values.push(...(isPairs ? pairs(part) : Array.from(part, (one) => one.charCodeAt(0) - 32)));
  }
  return barsOf(values);
}

/** The modules of a GTIN as a symbol of GS1-128, with the application identifier 01. */
export function gs1Bars(gtin: string): string {
  return barsOf([START_C, FNC1, ...pairs(`01${gtin.padStart(14, '0')}`)]);
}

interface Part {
  readonly text: string;
  /** Its digits stand in pairs, as code set C has them. */
  readonly isPairs: boolean;
}

/** Of digits in an odd number the one that is alone stands with the rest of the text. */
function partsOf(text: string): Part[] {
  const parts = [...text.matchAll(/\d+|\D+/g)].flatMap(({ 0: run, index }) => {
    const isAtEnd = index === 0 || index + run.length === text.length;
    const fewest = isAtEnd ? FEWEST_DIGITS_AT_AN_END : FEWEST_DIGITS_WITHIN;
    const isPairs = /^\d/.test(run) && run.length >= fewest;
    if (!isPairs) return [{ text: run, isPairs }];
    const odd = run.length % 2;
    const end = index === 0 ? run.length - odd : run.length;
    const begin = index === 0 ? 0 : odd;
    return [
      { text: run.slice(0, begin), isPairs: false },
      { text: run.slice(begin, end), isPairs },
      { text: run.slice(end), isPairs: false },
    ];
  });
  return parts.filter((part) => part.text !== '');
}

function pairs(digits: string): number[] {
  return (digits.match(/\d\d/g) ?? []).map(Number);
}

function barsOf(values: readonly number[]): string {
  const check = values.reduce((sum, value, at) => sum + value * Math.max(1, at), 0) % 103;
  return [...values, check, STOP].map(modulesOf).join('');
}

function modulesOf(value: number): string {
  const widths = Array.from(WIDTHS[value] ?? '', Number);
  return widths.map((width, at) => (at % 2 === 0 ? '1' : '0').repeat(width)).join('');
}
