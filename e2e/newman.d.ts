/** The package has no types; these are the parts that the tests use. */
declare module 'newman' {
  interface Summary {
    readonly run: {
      readonly stats: {
        readonly requests: { readonly total: number };
        readonly assertions: { readonly total: number };
      };
      readonly failures: readonly {
        readonly source?: { readonly name?: string };
        readonly error: { readonly name: string; readonly message: string };
      }[];
    };
  }
  interface Options {
    /** A file, or what is in one. */
    readonly collection: string | object;
    readonly environment: string | object;
    readonly envVar: readonly { readonly key: string; readonly value: string }[];
    readonly timeoutRequest: number;
  }
  export function run(
    options: Options,
    done: (error: Error | null, summary: Summary) => void,
  ): unknown;
}
