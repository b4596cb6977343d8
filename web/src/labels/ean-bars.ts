/** The left digits of odd parity, 1 where it is black (ISO/IEC 15420). */
const LEFT = [
  '0001101',
  '0011001',
  '0010011',
  '0111101',
  '0100011',
  '0110001',
  '0101111',
  '0111011',
  '0110111',
  '0001011',
];
/** Which of the six left digits have even parity says what the first digit is. */
const EVEN = [
  '000000',
  '001011',
  '001101',
  '001110',
  '010011',
  '011001',
  '011100',
  '010101',
  '010110',
  '011010',
];

const oddLeft = (digit: string) => LEFT[Number(digit)] ?? '';
const right = (digit: string) =>
  Array.from(oddLeft(digit), (bit) => (bit === '0' ? '1' : '0')).join('');
const evenLeft = (digit: string) => Array.from(right(digit)).toReversed().join('');

/** The modules of an EAN-13, 95 of them. One that begins with 0 has the bars of its UPC-A. */
export function ean13Bars(digits: string): string {
  const parity = EVEN[Number(digits[0])] ?? '';
  const half = Array.from(digits.slice(1, 7), (digit, at) =>
    parity[at] === '1' ? evenLeft(digit) : oddLeft(digit),
  );
  return symbol(half, digits.slice(7));
}

/** The modules of an EAN-8, 67 of them. */
export function ean8Bars(digits: string): string {
  return symbol(Array.from(digits.slice(0, 4), oddLeft), digits.slice(4));
}

function symbol(leftHalf: readonly string[], rightDigits: string): string {
  const rightHalf = Array.from(rightDigits, right);
  return ['101', ...leftHalf, '01010', ...rightHalf, '101'].join('');
}
