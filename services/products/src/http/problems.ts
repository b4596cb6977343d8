import { defineProblems, JsonApiError, problemResponses, protocolProblem } from '@anaquel/jsonapi';
import type { ErrorObject } from '@anaquel/jsonapi';
import { authProblem } from '@anaquel/runtime';
import type { StoreFailure } from '../application/product-store.ts';
import type { VersionMismatch } from '../application/update-product.ts';
import { MAX_PRICE } from '@anaquel/money';
import type { BarcodeProblem } from '../domain/barcode.ts';
import type { ProductProblem } from '../domain/product.ts';

/**
 * The errors that this service adds to those of the protocol. Codes never change; `/docs` lists
 * them.
 */
export const productProblem = defineProblems({
  'sku-taken': { status: 409, title: 'Another product has this SKU' },
  'barcode-taken': { status: 409, title: 'Another product has this barcode' },
  'currency-needs-price': { status: 422, title: 'A new currency needs a price' },
  'pictures-full': { status: 409, title: 'There is no room for another picture' },
  'outcome-unknown': { status: 504, title: 'The outcome of the request is not known' },
});

const documented = defineProblems({
  ...protocolProblem.entries,
  ...authProblem.entries,
  ...productProblem.entries,
});

/** The error answers of a route, for its documentation. */
export function errorResponses(...codes: (keyof typeof documented.entries)[]) {
  return problemResponses(documented, ...codes);
}

export type ProductRefusal = ProductProblem | StoreFailure | VersionMismatch;

/** Where an attribute stands in the body that was sent. */
export type PointerTo = (attribute: string) => string;

const canonicalPointer: PointerTo = (attribute) => `/data/attributes/${attribute}`;

/** The one place where refusals become HTTP. */
export function refusalError(
  refusal: ProductRefusal,
  pointerTo: PointerTo = canonicalPointer,
): JsonApiError {
  return new JsonApiError(errorOf(refusal, pointerTo));
}

function errorOf(refusal: ProductRefusal, pointerTo: PointerTo): ErrorObject {
  const at = (attribute: string) => ({ source: { pointer: pointerTo(attribute) } });
  switch (refusal.type) {
    case 'not-found':
      return productNotFound();
    case 'store-unavailable':
      return protocolProblem(
        'unavailable',
        'Products can be read but not changed at the moment. Try again later.',
      );
    case 'outcome-unknown':
      return productProblem(
        'outcome-unknown',
        'The database did not say whether the change was made. Read the product before you send the change again.',
      );
    case 'sku-taken':
      return productProblem(
        'sku-taken',
        `The SKU "${refusal.sku}" belongs to another product. Choose another one.`,
        at('sku'),
      );
    case 'barcode-taken':
    case 'wrong-check-digit':
    case 'barcode-repeated':
      return barcodeError(refusal, pointerTo('barcodes'));
    case 'version-mismatch':
      return protocolProblem(
        'precondition-failed',
        'The product has changed since you read it. Read it again, and send the change with the new ETag if it still applies.',
        {
          source: { header: 'If-Match' },
          meta: { version: refusal.version },
        },
      );
    case 'unknown-currency':
      return protocolProblem(
        'invalid-attribute',
        `"currency" must be an ISO 4217 code such as "USD", and "${refusal.currency}" is not one.`,
        at('currency'),
      );
    case 'price-out-of-range':
      return protocolProblem(
        'invalid-attribute',
        `"price" must be a number from 0 to ${MAX_PRICE}.`,
        at('price'),
      );
    case 'too-many-decimals':
      return protocolProblem(
        'invalid-attribute',
        `"price" must have at most ${refusal.decimals} decimals in ${refusal.currency}.`,
        at('price'),
      );
    case 'currency-needs-price':
      return productProblem(
        'currency-needs-price',
        'Send "price" in the new currency together with "currency".',
        at('currency'),
      );
  }
}

type BarcodeRefusal = BarcodeProblem | Extract<StoreFailure, { type: 'barcode-taken' }>;

function barcodeError(refusal: BarcodeRefusal, listPointer: string): ErrorObject {
  const at = { source: { pointer: `${listPointer}/${refusal.place}` } };
  switch (refusal.type) {
    case 'barcode-taken': {
      const { id, sku } = refusal.owner;
      const owner = sku === null ? `product ${id}` : `product ${id} with the SKU "${sku}"`;
      return productProblem(
        'barcode-taken',
        `The barcode "${refusal.barcode}" belongs to ${owner}. Take it from that product first, or leave it out here.`,
        { ...at, meta: { product: String(id), sku } },
      );
    }
    case 'wrong-check-digit':
      return protocolProblem(
        'invalid-attribute',
        `The barcode is as long as a GTIN, but its check digit is wrong: by the digits before, it would be "${refusal.corrected}". Scan or read it again.`,
        at,
      );
    case 'barcode-repeated':
      return protocolProblem(
        'invalid-attribute',
        'The list has this barcode before. A UPC-A of 12 digits is the same as the EAN-13 that begins with 0.',
        at,
      );
  }
}

export function productNotFound(): ErrorObject {
  return protocolProblem(
    'not-found',
    'There is no product with this id. GET /api/v1/products lists those that you may see.',
  );
}
