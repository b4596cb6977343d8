import { createPlainServer, listen, MEDIA_TYPE, newPurchase } from './plain-server.ts';

// The yardstick: a plain server with nothing behind it. The benchmark puts the answers that it is
// to give; each is then got, posted to or patched.

const productChange = {
  type: 'object',
  additionalProperties: false,
  required: ['data'],
  properties: {
    data: {
      type: 'object',
      additionalProperties: false,
      required: ['type', 'id', 'attributes'],
      properties: {
        type: { const: 'products' },
        id: { type: 'string', minLength: 1, maxLength: 40 },
        attributes: {
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 200 },
            description: { type: ['string', 'null'], maxLength: 10_000 },
            price: { type: 'number', minimum: 0 },
            currency: { type: 'string', pattern: '^[A-Z]{3}$' },
          },
        },
      },
    },
  },
};

interface Answer {
  Params: { name: string };
}

const answers = new Map<string, unknown>();
const app = createPlainServer(process.env.API_KEY ?? '');

app.put<Answer>('/answers/:name', (request, reply) => {
  answers.set(request.params.name, request.body);
  reply.code(204).send();
});
app.get<Answer>('/answers/:name', (request, reply) => {
  reply.type(MEDIA_TYPE).send(answers.get(request.params.name));
});
app.post<Answer>('/answers/:name', { schema: { body: newPurchase } }, (request, reply) => {
  const { name } = request.params;
  reply.code(201).header('location', `/answers/${name}`).type(MEDIA_TYPE).send(answers.get(name));
});
app.patch<Answer>('/answers/:name', { schema: { body: productChange } }, (request, reply) => {
  reply.type(MEDIA_TYPE).send(answers.get(request.params.name));
});

await listen(app);
