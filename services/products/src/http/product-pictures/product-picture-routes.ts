import { createHash } from 'node:crypto';
import { JsonApiError, protocolProblem, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { MAX_PICTURE_BYTES, pictureTypeOf } from '../../domain/picture.ts';
import type { Ports } from '../ports.ts';
import { errorResponses, productProblem } from '../problems.ts';
import { productPictureResource } from './product-picture-resource.ts';

/** Base64 takes four characters for three bytes. */
const MAX_CONTENT_LENGTH = 4 * Math.ceil(MAX_PICTURE_BYTES / 3);
/** What stands around the content. */
const ENVELOPE_BYTES = 4_096;
/** The smallest WebP there is. */
const EXAMPLE_CONTENT = 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==';
export const EXAMPLE_PICTURE = createHash('sha256')
  .update(Buffer.from(EXAMPLE_CONTENT, 'base64'))
  .digest('hex');

const body = {
  attributes: Type.Object({
    content: Type.String({
      maxLength: MAX_CONTENT_LENGTH,
      pattern: '^[A-Za-z0-9+/]+={0,2}$',
      contentEncoding: 'base64',
      'x-expects': 'a picture in Base64, as WebP, JPEG or PNG, of at most 2 MiB',
      description: `The bytes of a WebP, JPEG or PNG of at most ${MAX_PICTURE_BYTES} bytes, in Base64.`,
    }),
  }),
  example: { data: { type: 'product-pictures', attributes: { content: EXAMPLE_CONTENT } } },
};

/** The canonical routes, below `/api/v1`; `picture-content.ts` has the bytes. */
export function productPictureRoutes(app: FastifyInstance, ports: Ports): void {
  const { pictures, mostPictureBytes, clock, linkBases } = ports;
  resourceRoutes(app, productPictureResource(linkBases), {
    path: '/product-pictures',
    tags: ['Product pictures'],
    origin: (request) => linkBases(request).products,
    idExample: EXAMPLE_PICTURE,
    read: {
      config: { scope: 'products:read' },
      summary: 'Read what a picture is',
      refusals: errorResponses('not-found'),
      async run(id) {
        const picture = await pictures.find(id);
        if (picture === undefined) throw pictureNotFound();
        return picture;
      },
    },
    create: {
      config: { scope: 'products:write' },
      summary: 'Send a picture',
      description:
        'Give its `url` to a product as `imageUrl`. The same bytes are the same picture, however often they are sent. One that no product shows is forgotten after a day. `PICTURES_MAX_MB` says how much room there is for all.',
      refusals: errorResponses('pictures-full', 'outcome-unknown'),
      bodyLimit: MAX_CONTENT_LENGTH + ENVELOPE_BYTES,
      body,
      async run({ attributes }) {
        const bytes = Buffer.from(attributes.content, 'base64');
        const type = pictureTypeOf(bytes);
        if (type === undefined || bytes.length > MAX_PICTURE_BYTES) throw noPicture();
        const id = createHash('sha256').update(bytes).digest('hex');
        const picture = { id, type, bytes: bytes.length };
        const at = clock().toISOString();
        const content = bytes.toString('base64');
        if (!(await pictures.keep(picture, content, at, mostPictureBytes))) throw full();
        return picture;
      },
    },
  });
}

export function pictureNotFound(): JsonApiError {
  const detail =
    'There is no picture with this id. One that no product shows is forgotten after a day: send it again.';
  return new JsonApiError(protocolProblem('not-found', detail));
}

function noPicture(): JsonApiError {
  return new JsonApiError(
    protocolProblem(
      'invalid-attribute',
      `The content must be a WebP, JPEG or PNG of at most ${MAX_PICTURE_BYTES} bytes, in Base64. Convert the picture, or make it smaller.`,
      { source: { pointer: '/data/attributes/content' } },
    ),
  );
}

function full(): JsonApiError {
  return new JsonApiError(
    productProblem(
      'pictures-full',
      'All pictures together would take more room than PICTURES_MAX_MB allows. Take some away from products, and wait a day, or raise the setting.',
    ),
  );
}
