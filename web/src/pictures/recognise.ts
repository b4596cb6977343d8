import type { Thing } from './things.ts';

/**
 * What a name or a tag speaks of, in English and Spanish, without accents. The first that fits is
 * drawn.
 */
const SIGNS: readonly (readonly [Thing, RegExp])[] = [
  ['dripper', /dripper|pour.?over|chemex|cafetera|goteo/],
  ['grinder', /grinder|molinillo|\bmill\b/],
  ['kettle', /kettle|hervidor|teapot|tetera/],
  ['mugs', /mugs|tazas/],
  ['mug', /\bmug\b|\bcups?\b|\btaza|tea\b|coffee|cafe\b/],
  ['pan', /skillet|\bpans?\b|wok|sarten|cazuela/],
  ['knife', /knife|knives|cuchill/],
  ['board', /cutting board|chopping|tabla/],
  ['scale', /\bscales?\b|bascula|balanza/],
  ['apron', /apron|delantal|mandil/],
  ['headTorch', /torch|flashlight|linterna|frontal/],
  ['lamp', /lamp|flexo|lampara|\blight\b/],
  ['candles', /candle|\bvela/],
  ['blanket', /blanket|throw|manta|cobija/],
  ['vase', /vase|florero|jarron/],
  ['basket', /basket|cesta|canasto/],
  ['clock', /clock|reloj|watch/],
  ['laptopStand', /laptop stand|monitor|screen|soporte|pantalla/],
  ['laptop', /laptop|notebook pc|portatil|ordenador|computer|keyboard|teclado/],
  ['notebook', /notebook|journal|cuaderno|libreta|agenda|diary|sketch/],
  ['pens', /\bpens?\b|pencil|boligrafo|lapiz|rotulador|pluma/],
  ['mat', /\bmat\b|desk pad|alfombrilla|tapete|\brug\b/],
  ['bottle', /bottle|botella|thermos|termo|flask/],
  ['backpack', /backpack|rucksack|mochila/],
  ['tote', /tote|\bbags?\b|bolsa|bolso/],
  ['towel', /towel|toalla/],
  ['phone', /phone|movil|telefono|tablet/],
  ['headphones', /headphone|earbud|auricular|speaker|audio/],
  ['camera', /camera|camara|photo/],
  ['shirt', /shirt|camisa|camiseta|jersey|sweater|hoodie|textil/],
  ['shoe', /shoe|sneaker|boot|zapat|bota\b/],
  ['chair', /chair|stool|silla|taburete|sofa/],
  ['plant', /plant|flower|planta|maceta|garden/],
  ['jar', /\bjar\b|honey|jam\b|spice|tarro|miel|especia|food|tea/],
  ['books', /book|libro|novel/],
];

const ANYTHING: readonly Thing[] = ['parcel', 'jar', 'books', 'ball', 'plant', 'vase'];

/**
 * The thing that stands for a product: by its name, else by its tags, else whatever its number
 * says.
 */
export function thingFor(name: string, tags: readonly string[], seed: number): Thing {
  return (
    thingIn(name) ?? tags.map(thingIn).find(Boolean) ?? ANYTHING[seed % ANYTHING.length] ?? 'parcel'
  );
}

function thingIn(text: string): Thing | undefined {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return SIGNS.find(([, sign]) => sign.test(plain))?.[0];
}
