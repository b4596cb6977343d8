import { declareResource } from '@anaquel/jsonapi';
import Type from 'typebox';
import { picturePath, pictureTypes, type Picture, type PictureType } from '../../domain/picture.ts';
import type { LinkBasesOf } from '../link-bases.ts';

/** A picture as a resource; its bytes are at `url`. */
export function productPictureResource(linkBases: LinkBasesOf) {
  return declareResource({
    type: 'product-pictures',
    attributes: Type.Object({
      url: Type.String({
        description: 'The path of its bytes, as a product has it for its `imageUrl`.',
      }),
      contentType: Type.Unsafe<PictureType>({ type: 'string', enum: [...pictureTypes] }),
      bytes: Type.Integer({ description: 'How many it has.' }),
    }),
    id: ({ id }) => id,
    view: ({ id, type, bytes }: Picture) => ({ url: picturePath(id), contentType: type, bytes }),
    self: ({ id }, request) => `${linkBases(request).products}/api/v1/product-pictures/${id}`,
  });
}
