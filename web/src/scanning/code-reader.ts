import { upcAOf } from './scanned-text.ts';

/** Reads the code in a picture of the camera; null where there is none. */
export type CodeReader = (video: HTMLVideoElement) => Promise<string | null>;

/** The formats that are read, by the names of browsers and those of zxing. */
const FORMATS = {
  ean_13: 'EAN13',
  ean_8: 'EAN8',
  upc_a: 'UPCA',
  upc_e: 'UPCE',
  code_128: 'Code128',
  qr_code: 'QRCode',
} as const;
type FormatName = keyof typeof FORMATS;
const NAMES = Object.keys(FORMATS) as FormatName[];

interface Sight {
  readonly text: string;
  readonly isUpcE: boolean;
  /** Its middle, in pixels of the picture. */
  readonly x: number;
  readonly y: number;
}

/** Of the browser, where it has one. */
interface Detector {
  detect(image: HTMLVideoElement): Promise<readonly Detected[]>;
}
interface Detected {
  readonly rawValue: string;
  readonly format: string;
  readonly boundingBox: DOMRectReadOnly;
}
interface DetectorClass {
  new (options: { formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/**
 * The browser's own reader where it knows all formats, or else zxing, which is loaded then.
 * @throws when zxing can't be loaded.
 */
export async function openCodeReader(): Promise<CodeReader> {
  const see = (await nativeSight()) ?? (await zxingSight());
  return async (video) => {
    const sights = await see(video);
    const distance = ({ x, y }: Sight) =>
      Math.hypot(x - video.videoWidth / 2, y - video.videoHeight / 2);
    // On a shelf there are several: the one that is aimed at.
    const [nearest] = sights.toSorted((a, b) => distance(a) - distance(b));
    if (nearest === undefined) return null;
    return nearest.isUpcE ? upcAOf(nearest.text) : nearest.text;
  };
}

async function nativeSight(): Promise<((video: HTMLVideoElement) => Promise<Sight[]>) | null> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass };
  // Where the system lacks what it needs, it knows no formats.
  const known = (await BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (BarcodeDetector === undefined || !NAMES.every((name) => known.includes(name))) return null;
  const detector = new BarcodeDetector({ formats: NAMES });
  return async (video) => {
    const found = await detector.detect(video);
    return found.map(({ rawValue: text, format, boundingBox: { x, y, width, height } }) => ({
      text,
      isUpcE: format === 'upc_e',
      x: x + width / 2,
      y: y + height / 2,
    }));
  };
}

async function zxingSight(): Promise<(video: HTMLVideoElement) => Promise<Sight[]>> {
  const [{ prepareZXingModule, readBarcodes }, { default: wasmUrl }] = await Promise.all([
    import('zxing-wasm/reader'),
    import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ]);
  await prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true });
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser draws no pictures');
  return async (video) => {
    const { videoWidth: width, videoHeight: height } = video;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    context.drawImage(video, 0, 0, width, height);
    const found = await readBarcodes(context.getImageData(0, 0, width, height), {
      formats: Object.values(FORMATS),
      maxNumberOfSymbols: 4,
    });
    return found.map(({ text, format, position: { topLeft, bottomRight } }) => ({
      text,
      isUpcE: format === FORMATS.upc_e,
      x: (topLeft.x + bottomRight.x) / 2,
      y: (topLeft.y + bottomRight.y) / 2,
    }));
  };
}
