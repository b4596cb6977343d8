/** The package has no types; these are the parts that the tests use. */
declare module 'devour-client' {
  interface Answer<Data> {
    readonly data: Data;
    readonly meta?: { readonly page: { readonly total: number } };
    readonly links?: Readonly<Record<string, string | null>>;
  }
  type Item = Record<string, unknown> & { readonly id: string };
  export default class Devour {
    constructor(options: { apiUrl: string; logger?: boolean });
    readonly headers: Record<string, string>;
    define(model: string, attributes: object, options?: object): void;
    find(model: string, id: string, parameters?: object): Promise<Answer<Item>>;
    findAll(model: string, parameters?: object): Promise<Answer<Item[]>>;
    create(model: string, item: object, parameters?: object): Promise<Answer<Item>>;
    update(model: string, item: object, parameters?: object): Promise<Answer<Item>>;
    destroy(model: string, id: string): Promise<unknown>;
  }
}
