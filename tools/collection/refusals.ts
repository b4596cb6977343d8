import type { Item } from './collection-item.ts';

/** What everybody meets sooner or later, by requests of which none changes anything. */
export const REFUSALS: readonly Item[] = [
  refusal({
    name: 'Buy without a key',
    code: 'key-required',
    status: 401,
    key: null,
    lines: [{ productId: '{{productId}}', quantity: 1 }],
  }),
  refusal({
    name: 'Buy more than there is',
    code: 'insufficient-stock',
    status: 409,
    lines: [{ productId: '{{productId}}', quantity: 999_999 }],
  }),
  refusal({
    name: 'Buy what does not exist',
    code: 'product-not-found',
    status: 404,
    lines: [{ productId: '999999999', quantity: 1 }],
  }),
  refusal({ name: 'Buy nothing', code: 'invalid-attribute', status: 422, lines: [] }),
];

function refusal({
  name,
  status,
  code,
  lines,
  key = '{{inventoryApiKey}}',
}: {
  name: string;
  status: number;
  code: string;
  lines: readonly object[];
  key?: string | null;
}): Item {
  const body = { data: { type: 'purchases', attributes: { lines } } };
  return {
    name,
    request: {
      method: 'POST',
      auth: { type: 'noauth' },
      header: [
        ...(key === null ? [] : [{ key: 'x-api-key', value: key }]),
        { key: 'idempotency-key', value: '{{$guid}}' },
        { key: 'content-type', value: 'application/vnd.api+json' },
      ],
      url: '{{inventoryUrl}}/api/v1/purchases',
      body: { mode: 'raw', raw: JSON.stringify(body, null, 2) },
    },
    event: [
      {
        listen: 'test',
        script: {
          type: 'text/javascript',
          exec: [
            `pm.test("answers ${status}", () => { pm.response.to.have.status(${status}); });`,
            `pm.test("says ${code}", () => { pm.expect(pm.response.json().errors[0].code).to.equal("${code}"); });`,
          ],
        },
      },
    ],
  };
}
