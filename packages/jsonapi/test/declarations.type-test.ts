import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import {
  atomicRoute,
  atomicTypes,
  comparedBy,
  declareList,
  declareResource,
  ids,
  nullable,
  number,
  oneOf,
  orNull,
  resourceQuery,
  resourceRoutes,
  text,
  toOneRelationship,
  type AtomicOperation,
  type FilterOf,
  type KindsFor,
  type ListPage,
  type ListRequest,
} from '../src/index.ts';

/**
 * What the compiler must refuse of a declaration. Nothing here runs: `npm run check` compiles it,
 * and fails where an expected error is missing.
 */

interface Book {
  readonly id: string;
  readonly title: string;
  readonly price: number;
  readonly authorId: string | null;
  readonly tags: readonly string[];
}

interface Author {
  readonly id: string;
  readonly name: string;
}

const attributes = Type.Object({
  title: Type.String(),
  price: Type.Number(),
  tags: Type.Array(Type.String()),
});
const viewOf = ({ title, price, tags }: Book) => ({ title, price, tags });
const authors = declareResource({
  type: 'authors',
  attributes: Type.Object({ name: Type.String() }),
  id: ({ id }) => id,
  view: ({ name }: Author) => ({ name }),
});
const books = declareResource({
  type: 'books',
  attributes,
  id: ({ id }) => id,
  view: viewOf,
  relationships: {
    author: {
      kind: 'one',
      to: () => authors,
      id: ({ authorId }) => authorId,
      load: async () => new Map(),
    },
  },
});

// ---------------------------------------------------------------- views

/** A view gives each attribute of the schema, with a value of its type, and no other. */
export const views = [
  declareResource({
    type: 'books',
    attributes,
    id: ({ id }) => id,
    // @ts-expect-error the view lacks the attribute `tags`
    view: ({ title, price }: Book) => ({ title, price }),
  }),
  declareResource({
    type: 'books',
    attributes,
    id: ({ id }) => id,
    // @ts-expect-error the schema has no `authorId`
    view: ({ title, price, tags, authorId }: Book) => ({ title, price, tags, authorId }),
  }),
  declareResource({
    type: 'books',
    attributes,
    id: ({ id }) => id,
    // @ts-expect-error the price is a number
    view: ({ title, price, tags }: Book) => ({ title, price: String(price), tags }),
  }),
  declareResource({
    type: 'books',
    attributes,
    // @ts-expect-error the model has no `isbn`
    id: ({ isbn }) => isbn,
    view: viewOf,
  }),
];

// ---------------------------------------------------------------- bodies

const newBook = {
  attributes: Type.Object({
    title: Type.String(),
    subtitle: Type.Optional(nullable(Type.String())),
  }),
  relationships: Type.Object({ author: toOneRelationship('authors') }),
};
const bookUpdate = { attributes: Type.Object({ price: Type.Optional(Type.Number()) }) };

declare const store: {
  list(request: BookRequest): Promise<ListPage<Book>>;
  save(title: string, authorId: string): Promise<Book>;
  find(id: string): Promise<Book>;
  setPrice(id: string, price: number | undefined): Promise<Book>;
};
const common = { path: '/books', tags: [], origin: () => '' };
const read = { config: {}, summary: '', run: (id: string) => store.find(id) };
const create = { config: {}, summary: '', body: newBook };
const update = { config: {}, summary: '', body: bookUpdate };

/** Handlers get what the body schemas allow, and nothing else. */
export function bodies(app: FastifyInstance): void {
  resourceRoutes(app, books, {
    ...common,
    read,
    create: {
      ...create,
      run({ id, attributes: { title, subtitle }, relationships }) {
        // @ts-expect-error the server makes the id
        const ownId: string = id;
        // @ts-expect-error it may be left out, or null
        const shortText: string = subtitle;
        return store.save(title + ownId + shortText, relationships.author.data.id);
      },
    },
    update: {
      ...update,
      run: (id, { attributes: { price } }) => store.setPrice(id, price),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    create: {
      ...create,
      // @ts-expect-error the body has no `giftNote`
      run: ({ attributes: { giftNote } }) => store.save(giftNote, ''),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    create: {
      ...create,
      // @ts-expect-error the body has no relationship `seller`
      run: ({ relationships: { seller } }) => store.save('', seller.data.id),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    create: {
      ...create,
      // @ts-expect-error a handler can't claim more than the schema of the body says
      run: (input: { attributes: { title: string; giftNote: string } }) =>
        store.save(input.attributes.giftNote, ''),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    update: {
      ...update,
      // @ts-expect-error an update has no `title`
      run: (id, { attributes: { title } }) => store.save(title, id),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    // @ts-expect-error a handler gives the model of the resource
    read: { ...read, run: async (id: string): Promise<Author> => ({ id, name: '' }) },
  });
}

/** Where the client names the resource, handlers get its id. */
export function namedByClients(app: FastifyInstance): void {
  resourceRoutes(app, books, {
    ...common,
    read,
    create: {
      ...create,
      body: { ...newBook, id: 'required' },
      run: ({ id, attributes: { title } }) => store.save(title, id),
    },
  });
}

// ---------------------------------------------------------------- lists

interface BookFilters {
  readonly id: number;
  readonly title: string;
  readonly price: number;
  readonly genre: 'novel' | 'poem';
}
type BookRequest = ListRequest<FilterOf<BookFilters>, 'title' | 'price'>;

const filters = {
  id: ids(10),
  title: text(100),
  price: orNull(number()),
  genre: comparedBy(oneOf(['novel', 'poem']), 'eq'),
};

/** Stores get filters and sorts that they know, with values that they can compare. */
export function lists(app: FastifyInstance): void {
  const list = { config: {}, summary: '' };
  resourceRoutes(app, books, {
    ...common,
    read,
    list: {
      ...list,
      declaration: { filters, sorts: ['title', 'price'], defaultSort: [] },
      run(request) {
        for (const filter of request.filters) {
          // @ts-expect-error no filter is on `pages`
          if (filter.field === 'pages') continue;
          if (filter.field !== 'genre') continue;
          const genre: 'novel' | 'poem' = filter.value;
          // @ts-expect-error this field is compared by `eq` alone
          if (filter.operator === 'in') throw new Error(genre);
        }
        return store.list(request);
      },
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    list: {
      ...list,
      declaration: { filters: { price: text(20) }, sorts: ['title'], defaultSort: [] },
      // @ts-expect-error the store compares prices as numbers
      run: (request) => store.list(request),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    list: {
      ...list,
      declaration: { filters: { pages: number() }, sorts: ['title'], defaultSort: [] },
      // @ts-expect-error the store knows no `pages`
      run: (request) => store.list(request),
    },
  });
  resourceRoutes(app, books, {
    ...common,
    read,
    list: {
      ...list,
      declaration: { filters, sorts: ['pages'], defaultSort: [] },
      // @ts-expect-error the store can't sort by `pages`
      run: (request) => store.list(request),
    },
  });
}

export const declaredLists = [
  declareList({
    filters,
    sorts: ['title'],
    // @ts-expect-error a list can't be in an order that it doesn't declare
    defaultSort: [{ field: 'price', descending: false }],
  }),
  declareList({
    filters: {
      ...filters,
      // @ts-expect-error the store compares prices as numbers
      price: text(20),
    } satisfies KindsFor<BookFilters>,
    sorts: [],
    defaultSort: [],
  }),
];

// ---------------------------------------------------------------- includes

/** An `include` has the relationships of the resource. */
export function includes(): void {
  const { include } = resourceQuery(books).parse({}, false);
  include?.get('author');
  // @ts-expect-error books have no relationship `publisher`
  include?.get('publisher');
}

// ---------------------------------------------------------------- operations

const types = atomicTypes(
  { resource: books, path: '/books', add: newBook, remove: true },
  {
    resource: authors,
    path: '/authors',
    add: { id: 'required', attributes: Type.Object({ name: Type.String() }) },
    update: {
      attributes: Type.Object({ name: Type.String() }),
      read: async (id) => ({ id, name: '' }),
    },
  },
);

function carryOut(operation: AtomicOperation<(typeof types)[number]>): string {
  // @ts-expect-error no operation is on `publishers`
  if (operation.type === 'publishers') return '';
  switch (operation.op) {
    case 'remove':
      // @ts-expect-error a book may be one that an operation before adds
      return operation.target.id;
    case 'update':
      // An author has an id of the client's, whichever operation adds it.
      return operation.target.id + operation.data.attributes.name;
    case 'add':
      return operation.type === 'authors'
        ? operation.data.id + operation.data.attributes.name
        : operation.data.attributes.title + operation.data.relationships.author.data.id;
  }
}

/** Operations are told apart by their type and op, and have the bodies of both. */
export function operations(app: FastifyInstance): void {
  const route = { path: '', tags: [], config: {}, summary: '', origin: () => '', example: {} };
  atomicRoute(app, {
    ...route,
    types,
    change: carryOut,
    run: async (names) => names.map((name) => ({ id: '', name })),
  });
  atomicRoute(app, {
    ...route,
    types,
    change(operation) {
      if (operation.op !== 'update') return '';
      // @ts-expect-error authors have no `giftNote`
      return operation.data.attributes.giftNote;
    },
    run: async () => [],
  });
  atomicRoute(app, {
    ...route,
    types,
    change: carryOut,
    // @ts-expect-error a result is the model of an operation's type
    run: async (all) => all.map(() => ({ isbn: '' })),
  });
}
