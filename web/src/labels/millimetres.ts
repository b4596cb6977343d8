/** The most by which a print is moved. */
const MOST_MM = 10;

/** Null for what is no number of millimetres, or too many. */
export function millimetresIn(text: string): number | null {
  const plain = text.trim().replace(',', '.').replace('−', '-');
  if (!/^-?\d{1,2}(?:\.\d{1,2})?$/.test(plain)) return null;
  const millimetres = Number(plain);
  return Math.abs(millimetres) <= MOST_MM ? millimetres : null;
}
