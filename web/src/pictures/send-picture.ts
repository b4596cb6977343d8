import { valueOf } from '../api/index.ts';
import { api } from '../gateway.ts';
import { shrunkPicture } from './shrunk-picture.ts';

/** A function takes only so many arguments. */
const BYTES_A_STEP = 8_192;

/** A file that the browser can't show as a picture. */
export class NoPictureError extends Error {
  override readonly name = 'NoPictureError';
}

/**
 * Sends a picture, made smaller first, and gives the path that products have for their `imageUrl`.
 * @throws {NoPictureError} or {ApiFailure}
 */
export async function sendPicture(file: Blob): Promise<string> {
  const picture = await shrunkPicture(file);
  if (picture === null) throw new NoPictureError();
  return valueOf(await api.createPicture(await base64Of(picture)));
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += BYTES_A_STEP)
    binary += String.fromCharCode(...bytes.subarray(at, at + BYTES_A_STEP));
  return btoa(binary);
}

/** Lets someone choose a picture from the machine, or take one with a phone's camera. */
export function choosePicture(chosen: (file: File) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = 'image/*';
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file) chosen(file);
  });
  input.click();
}
