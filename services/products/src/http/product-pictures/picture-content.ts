import { ifNoneMatchHits, noQuery } from '@anaquel/jsonapi';
import { keepForEver } from '@anaquel/runtime';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { pictureTypes } from '../../domain/picture.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { EXAMPLE_PICTURE, pictureNotFound } from './product-picture-routes.ts';

const params = Type.Object({
  id: Type.String({ description: 'The id of a picture.', examples: [EXAMPLE_PICTURE] }),
});

const picture = { schema: Type.String({ format: 'binary' }) };

/** The bytes of a picture, outside of the rules for JSON:API's media type. */
export function pictureContentRoute(
  app: FastifyInstance,
  { pictures, productsArePublic: isPublic }: Pick<Ports, 'pictures' | 'productsArePublic'>,
): void {
  app.get<{ Params: { id: string } }>(
    '/product-pictures/:id/content',
    {
      config: { scope: 'products:read' },
      schema: {
        tags: ['Product pictures'],
        summary: 'Look at a picture',
        description: 'Its bytes. They never change, so that caches may keep them for ever.',
        params,
        response: {
          200: {
            description: 'The bytes.',
            content: Object.fromEntries(pictureTypes.map((type) => [type, picture])),
          },
          304: { description: 'Unchanged.' },
          ...errorResponses('not-found', 'invalid-parameter'),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const found = await pictures.findContent(request.params.id);
      if (found === undefined) throw pictureNotFound();
      keepForEver(reply, { isPublic });
      const tag = `"${found.id}"`;
      reply.header('etag', tag);
      if (ifNoneMatchHits(request.headers['if-none-match'], tag)) return reply.code(304).send();
      return reply.type(found.type).send(Buffer.from(found.content, 'base64'));
    },
  );
}
