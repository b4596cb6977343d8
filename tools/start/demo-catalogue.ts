/** A product of the demo shop. Its SKU tells it again when loading was interrupted. */
export interface DemoProduct {
  sku: string;
  name: string;
  description: string;
  /** In US dollars. */
  price: number;
  tags: readonly string[];
  /** Units on the shelf at the start. */
  onHand: number;
  /** Where "low on stock" begins; null is never. */
  lowStockThreshold: number | null;
}

/**
 * Twenty-four products of a small shop for home and travel; their ids become 1 to 24 in this order.
 */
export const demoCatalogue: readonly DemoProduct[] = [
  product(
    'KIT-DRIP-01',
    'Ceramic Pour-Over Dripper',
    24.5,
    120,
    ['kitchen', 'coffee'],
    'Cone for size 2 filters, with a ribbed wall that keeps the brew even.',
  ),
  product(
    'KIT-GRND-01',
    'Hand Coffee Grinder',
    59.95,
    64,
    ['kitchen', 'coffee'],
    'Conical steel burrs and thirty clicks from espresso to French press.',
    10,
  ),
  product(
    'KIT-KETL-09',
    'Gooseneck Kettle, 0.9 L',
    48,
    41,
    ['kitchen', 'coffee', 'tea'],
    'Slow, steady pour. For gas, ceramic and induction hobs.',
  ),
  product(
    'KIT-MUGS-04',
    'Stoneware Mugs, Set of 4',
    36.8,
    85,
    ['kitchen', 'tableware'],
    'Speckled glaze, 350 ml each, safe in dishwasher and microwave.',
  ),
  product(
    'KIT-SKIL-26',
    'Cast Iron Skillet, 26 cm',
    42.9,
    58,
    ['kitchen', 'cookware'],
    'Seasoned at the foundry and ready to use on any hob or open fire.',
  ),
  product(
    'KIT-KNIF-20',
    'Chef’s Knife, 20 cm',
    79,
    33,
    ['kitchen', 'knives'],
    'Forged stainless blade with a full tang and a walnut handle.',
    8,
  ),
  product(
    'KIT-BORD-01',
    'Beech Cutting Board',
    27.25,
    110,
    ['kitchen'],
    'End grain, 40 by 28 cm, with a juice groove on one side.',
  ),
  product(
    'KIT-SCAL-05',
    'Kitchen Scale, 5 kg',
    18.99,
    150,
    ['kitchen', 'baking'],
    'Weighs in steps of one gram; runs a year on one battery.',
  ),
  product(
    'KIT-APRN-01',
    'Linen Apron',
    31.5,
    72,
    ['kitchen', 'textiles'],
    'Washed linen with crossed straps and two deep pockets.',
  ),
  product(
    'HOM-LAMP-02',
    'Desk Lamp with Dimmer',
    64.9,
    27,
    ['home', 'lighting'],
    'Warm light from 2,700 K, a weighted base and an arm that stays put.',
    5,
  ),
  product(
    'HOM-CNDL-03',
    'Beeswax Candles, Set of 3',
    15.6,
    200,
    ['home'],
    'Hand-rolled, with a cotton wick. Each one burns for nine hours.',
  ),
  product(
    'HOM-BLNK-01',
    'Wool Throw Blanket',
    89,
    18,
    ['home', 'textiles'],
    'Recycled wool in a herringbone weave, 130 by 170 cm.',
  ),
  product(
    'HOM-VASE-01',
    'Recycled Glass Vase',
    22.75,
    66,
    ['home', 'decoration'],
    'Mouth-blown, so that no two are quite the same. 24 cm tall.',
  ),
  product(
    'HOM-BASK-02',
    'Seagrass Storage Basket',
    29.3,
    47,
    ['home', 'storage'],
    'Woven by hand, with leather handles; folds flat when empty.',
  ),
  product(
    'HOM-CLCK-01',
    'Silent Wall Clock',
    34,
    0,
    ['home', 'decoration'],
    'Sweeping hands that make no sound, in a frame of solid ash.',
    5,
  ),
  product(
    'OFF-NOTE-A5',
    'Dotted Notebook, A5',
    12.95,
    320,
    ['office', 'stationery'],
    '192 numbered pages of 100 g paper that lie flat when open.',
  ),
  product(
    'OFF-PENS-05',
    'Gel Pens, Pack of 5',
    9.4,
    260,
    ['office', 'stationery'],
    'Black ink that dries fast, with a fine 0.5 mm tip.',
  ),
  product(
    'OFF-STND-01',
    'Laptop Stand',
    45.5,
    39,
    ['office'],
    'Folded aluminium for machines up to 16 inches; packs into a sleeve.',
  ),
  product(
    'OFF-MATS-01',
    'Felt Desk Mat',
    26,
    95,
    ['office', 'textiles'],
    'Pressed merino felt with a cork back, 80 by 30 cm.',
  ),
  product(
    'TRV-BOTL-75',
    'Insulated Bottle, 750 ml',
    28.45,
    140,
    ['travel', 'outdoor'],
    'Keeps tea hot for twelve hours and water cold for a day.',
  ),
  product(
    'TRV-PACK-20',
    'Roll-Top Backpack, 20 L',
    98,
    22,
    ['travel', 'outdoor', 'bags'],
    'Waterproof waxed canvas with a padded compartment for a laptop.',
    6,
  ),
  product(
    'TRV-TOTE-01',
    'Organic Cotton Tote',
    14,
    180,
    ['travel', 'bags'],
    'Heavy canvas with long handles and a pocket for keys.',
  ),
  product(
    'TRV-TOWL-01',
    'Quick-Dry Travel Towel',
    19.9,
    88,
    ['travel', 'outdoor', 'textiles'],
    'Dries in an hour and packs smaller than a fist. 60 by 120 cm.',
  ),
  product(
    'TRV-TORC-01',
    'Rechargeable Head Torch',
    37.2,
    52,
    ['travel', 'outdoor', 'lighting'],
    '400 lumens, a red night mode, and forty hours on the low setting.',
    12,
  ),
];

function product(
  sku: string,
  name: string,
  price: number,
  onHand: number,
  tags: readonly string[],
  description: string,
  lowStockThreshold: number | null = null,
): DemoProduct {
  return { sku, name, description, price, tags, onHand, lowStockThreshold };
}
