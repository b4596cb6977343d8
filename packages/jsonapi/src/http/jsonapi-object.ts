/**
 * The `jsonapi` object of every document. https://jsonapi.org/format/1.1/#document-jsonapi-object
 */
export const JSONAPI_OBJECT = Object.freeze({ version: '1.1' } as const);
