/** A request as a document of the older systems prints it, host and port included. */
export interface PrintedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A printed request, with the part of the answer that its client reads. */
export interface AnsweredRequest extends PrintedRequest {
  readonly answer: { readonly status: number; readonly body?: object; readonly text?: string };
}
