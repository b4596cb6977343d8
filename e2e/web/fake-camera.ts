import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What the browsers of this process see by their camera, while it is there. */
export const filmPath = join(tmpdir(), `anaquel-film-${process.pid}.y4m`);
const WIDTH = 640;
const HEIGHT = 480;
/** Of the thinnest bar, in pixels. */
const BAR = 4;
const LEFT = ['0001101', '0011001', '0010011', '0111101', '0100011', '0110001', '0101111'];
LEFT.push('0111011', '0110111', '0001011');
/** Which of the left digits are mirrored says what the first digit is. */
const PARITY = ['000000', '001011', '001101', '001110', '010011', '011001', '011100', '010101'];
PARITY.push('010110', '011010');

const inverted = (bits: string) => bits.replaceAll(/./g, (bit) => (bit === '0' ? '1' : '0'));
const mirrored = (bits: string) => Array.from(bits).toReversed().join('');

/** The bars of an EAN-13 as 95 bits, 1 where it is black (ISO/IEC 15420). */
function barsOf(ean13: string): string {
  const [first = 0, ...digits] = Array.from(ean13, Number);
  const codes = digits.map((digit, at) => {
    const left = LEFT[digit] ?? '';
    if (at >= 6) return inverted(left);
    return PARITY[first]?.[at] === '1' ? mirrored(inverted(left)) : left;
  });
  return `101${codes.slice(0, 6).join('')}01010${codes.slice(6).join('')}101`;
}

/**
 * Shows an EAN-13 to the camera until the test ends: a film of one picture as Chromium takes it
 * (`--use-file-for-fake-video-capture`), YUV4MPEG2, 640 by 480.
 */
export function showToCamera(ean13: string): void {
  const bars = barsOf(ean13);
  const light = Buffer.alloc(WIDTH * HEIGHT, 235);
  const from = (WIDTH - bars.length * BAR) / 2;
  for (let y = 120; y < 360; y += 1)
    for (const [at, bit] of Array.from(bars).entries())
      if (bit === '1')
        light.fill(16, y * WIDTH + from + at * BAR, y * WIDTH + from + (at + 1) * BAR);
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const head = `YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n`;
  writeFileSync(filmPath, Buffer.concat([Buffer.from(head), light, colour]));
  onTestFinished(() => rmSync(filmPath));
}
