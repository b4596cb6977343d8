/** A request of a collection: https://schema.postman.com/collection/json/v2.1.0/ */
export interface Item {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly description?: string;
    readonly auth?: object;
    readonly header: readonly { readonly key: string; readonly value: string }[];
    readonly url: string;
    readonly body?: { readonly mode: 'raw'; readonly raw: string };
  };
  readonly event: readonly object[];
}
