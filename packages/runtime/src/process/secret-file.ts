import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What a file holds, or why it can't be used, which completes "NAME_FILE …". */
type SecretFile =
  | { readonly text: string; /** Any user of the machine may read it. */ readonly isOpen: boolean }
  | { readonly problem: string };

/** More than any secret has, addresses of databases included. */
const SECRET_BYTES = 4_096;
const READABLE_BY_OTHERS = 0o004;

/** Reads a secret without the line end that editors put behind it. */
export function readSecretFile(path: string, mostBytes = SECRET_BYTES): SecretFile {
  try {
    const { mode, isFile } = describe(path);
    if (!isFile) return { problem: 'must name a file.' };
    const bytes = firstBytes(path, mostBytes + 1);
    if (bytes.length > mostBytes)
      return { problem: `must name a file of at most ${mostBytes} bytes.` };
    const text = bytes.toString().replace(/\r?\n$/, '');
    if (text === '') return { problem: 'names a file that is empty.' };
    return { text, isOpen: (mode & READABLE_BY_OTHERS) !== 0 };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: `names a file that can't be read (${code}).` };
  }
}

/** Before it is opened: one that is a pipe would wait for whoever writes into it. */
function describe(path: string): { mode: number; isFile: boolean } {
  const file = statSync(path);
  return { mode: file.mode, isFile: file.isFile() };
}

function firstBytes(path: string, most: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, most, 0));
  } finally {
    closeSync(descriptor);
  }
}
