/** A picture of two colours: what is 1 is printed black, what is 0 stays as it is. */
export interface BitMask {
  readonly width: number;
  readonly height: number;
  /** Eight pixels a byte, each row begins with a byte of its own. */
  readonly bits: Uint8Array<ArrayBuffer>;
}

export interface PdfFile {
  /** Keeps a mask, and answers the name by which contents of pages draw it. */
  addMask(mask: BitMask): string;
  /**
   * Adds a page; its size is in points, and `masks` are those that its content names. It is done
   * once all that was added is packed.
   */
  addPage(page: PdfPage): Promise<void>;
  /** The whole file. Nothing can be added afterwards. */
  end(): Blob;
}

export interface PdfPage {
  readonly width: number;
  readonly height: number;
  /** Operators of ISO 32000-1, 8 to 14. */
  readonly content: string;
  readonly masks: ReadonlySet<string>;
}

const CATALOG = 1;
const PAGES = 2;
const INFO = 3;
/** Of an object. All texts are ASCII. */
type Part = string | Uint8Array<ArrayBuffer>;

/** Writes a PDF 1.7 (ISO 32000-1), which asks to be printed in its own size. */
export function createPdf(title: string): PdfFile {
  /** The bytes of each object; those of the first three come last. */
  const objects = new Map<number, readonly Part[]>();
  const masks = new Map<string, number>();
  const pages: number[] = [];
  const packing: Promise<void>[] = [];
  let next = INFO + 1;

  function addStream(members: string, content: Part): number {
    const id = next++;
    const pack = async () => {
      const packed = await deflate(content);
      const head = `<< ${members} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`;
      objects.set(id, [head, packed, '\nendstream']);
    };
    packing.push(pack());
    return id;
  }
  const addObject = (id: number, text: string) => objects.set(id, [text]);

  return {
    addMask({ width, height, bits }) {
      const members = `/Type /XObject /Subtype /Image /ImageMask true /Width ${width} /Height ${height} /BitsPerComponent 1 /Decode [1 0]`;
      const id = addStream(members, bits);
      masks.set(`M${id}`, id);
      return `M${id}`;
    },
    async addPage({ width, height, content, masks: used }) {
      const contents = addStream('', content);
      const named = [...used].map((name) => `/${name} ${masks.get(name)} 0 R`).join(' ');
      const box = `/MediaBox [0 0 ${decimal(width)} ${decimal(height)}]`;
      const id = next++;
      addObject(
        id,
        `<< /Type /Page /Parent ${PAGES} 0 R ${box} /Resources << /XObject << ${named} >> >> /Contents ${contents} 0 R >>`,
      );
      pages.push(id);
      await Promise.all(packing.splice(0));
    },
    end() {
      const kids = pages.map((id) => `${id} 0 R`).join(' ');
      addObject(
        CATALOG,
        `<< /Type /Catalog /Pages ${PAGES} 0 R /ViewerPreferences << /PrintScaling /None >> >>`,
      );
      addObject(PAGES, `<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>`);
      addObject(INFO, `<< /Title ${pdfText(title)} /Producer (Anaquel) >>`);
      return fileOf(objects);
    },
  };
}

/** A text in any script, as contents and objects have it. */
export function pdfText(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return `<FEFF${units.map((unit) => unit.toString(16).toUpperCase().padStart(4, '0')).join('')}>`;
}

/** A number as a PDF has it: without an exponent. */
export function decimal(value: number): string {
  return String(Number(value.toFixed(4)));
}

/** All objects in the order of their numbers, and the table of where each begins. */
function fileOf(objects: ReadonlyMap<number, readonly Part[]>): Blob {
  const ids = [...objects.keys()].toSorted((one, other) => one - other);
  // Who moves files sees by the second line that it is no text.
  const parts: Part[] = ['%PDF-1.7\n%', new Uint8Array([226, 227, 207, 211])];
  const offsets: number[] = [];
  let length = sizeOf(parts);
  for (const id of ids) {
    const object = [`\n${id} 0 obj\n`, ...(objects.get(id) ?? []), '\nendobj'];
    offsets.push(length + 1);
    length += sizeOf(object);
    parts.push(...object);
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  const table = `\nxref\n0 ${ids.length + 1}\n0000000000 65535 f \n${rows.join('')}`;
  const trailer = `trailer\n<< /Size ${ids.length + 1} /Root ${CATALOG} 0 R /Info ${INFO} 0 R >>\n`;
  return new Blob([...parts, table, trailer, `startxref\n${length + 1}\n%%EOF\n`], {
    type: 'application/pdf',
  });
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

async function deflate(content: Part): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([content]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
