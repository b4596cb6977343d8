/** What pictures may be: none of these can run anything. */
export const pictureTypes = ['image/webp', 'image/jpeg', 'image/png'] as const;
export type PictureType = (typeof pictureTypes)[number];

export const MAX_PICTURE_BYTES = 2 * 1024 * 1024;

/** A picture of a product. The same bytes are the same picture. */
export interface Picture {
  /** The SHA-256 of its bytes, in hexadecimal. */
  readonly id: string;
  readonly type: PictureType;
  /** How many it has. */
  readonly bytes: number;
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

/** What some bytes are, by how they begin; undefined for anything else. */
export function pictureTypeOf(bytes: Buffer): PictureType | undefined {
  if (bytes.subarray(0, PNG.length).equals(PNG)) return 'image/png';
  if (bytes.subarray(0, JPEG.length).equals(JPEG)) return 'image/jpeg';
  // https://developers.google.com/speed/webp/docs/riff_container#webp_file_header
  const container = bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 12);
  return container === 'RIFFWEBP' ? 'image/webp' : undefined;
}

/** Where a picture is shown: a product has this path of the shop as its `imageUrl`. */
export function picturePath(id: string): string {
  return `/api/v1/product-pictures/${id}/content`;
}
