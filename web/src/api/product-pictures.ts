import { readOne, V1, type Client } from './client.ts';
import { reader, resourceOf } from './documents.ts';

/** A slow line takes so long for the largest picture. */
const PICTURE_TIMEOUT_MS = 60_000;

export function productPictureCalls({ ask }: Client) {
  return {
    /** Gives the path that shows it. `content` is in Base64. */
    createPicture: (content: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/product-pictures`,
          body: { data: { type: 'product-pictures', attributes: { content } } },
          // The same picture twice is one, and none that no product shows is kept.
          isHarmless: true,
          timeoutMs: PICTURE_TIMEOUT_MS,
        },
        readOne((resource) =>
          reader(resourceOf('product-pictures', resource).attributes).text('url'),
        ),
      ),
  };
}
