/** What the shop takes, in bytes. */
const MOST_BYTES = 2 * 1024 * 1024;
/** Of the longest side, in pixels: what a large screen shows of a product. */
const LONGEST_SIDE = 1_600;
/** What is too large in one is tried in the next; a smaller side fits in the end. */
const TRIES = [
  { side: LONGEST_SIDE, quality: 0.85 },
  { side: LONGEST_SIDE, quality: 0.6 },
  { side: LONGEST_SIDE / 2, quality: 0.6 },
] as const;

/**
 * A picture as it is sent: its longest side at most 1,600 pixels, as a WebP, or as a JPEG where the
 * browser writes no WebP. Null for what the browser can't show.
 */
export async function shrunkPicture(file: Blob): Promise<Blob | null> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  try {
    for (const { side, quality } of TRIES) {
      const blob = await encoded(canvasOf(bitmap, side), quality);
      if (blob !== null && blob.size <= MOST_BYTES) return blob;
    }
    return null;
  } finally {
    bitmap.close();
  }
}

function canvasOf(bitmap: ImageBitmap, longestSide: number): HTMLCanvasElement {
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (context) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

async function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  const blob = await blobOf(canvas, 'image/webp', quality);
  // A browser that doesn't know the type writes a PNG, which is large.
  if (blob?.type === 'image/webp') return blob;
  underlayWhite(canvas);
  return blobOf(canvas, 'image/jpeg', quality);
}

function blobOf(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}

/** A JPEG shows black where nothing is. */
function underlayWhite(canvas: HTMLCanvasElement): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
}
