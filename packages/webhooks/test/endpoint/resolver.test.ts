import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createResolver } from '../../src/endpoint/resolver.ts';

test('a name has the addresses that this machine knows for it', async () => {
  expect(await createResolver()('localhost')).toContain('127.0.0.1');
});

test('a name that nobody knows has no address', async () => {
  const unknown = Object.assign(new Error('nobody knows it'), { code: 'ENOTFOUND' });
  expect(await createResolver(() => Promise.reject(unknown))('shop.invalid')).toEqual([]);
});

test('a failed lookup tells nothing about the name', async () => {
  const unanswered = Object.assign(new Error('no server answers'), { code: 'EAI_AGAIN' });
  expect(await createResolver(() => Promise.reject(unanswered))('shop.invalid')).toBeNull();
});

test('a lookup that hangs is given up, and goes on once for everybody who asks for the name', async () => {
  vi.useFakeTimers();
  try {
    const find = vi.fn(() => new Promise<string[]>(() => {}));
    const resolver = createResolver(find);
    const answers = Promise.all([resolver('slow.invalid'), resolver('slow.invalid')]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answers).toEqual([null, null]);
    expect(find).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});

test('a lookup that has ended is done anew for the next one', async () => {
  const answers = [['192.0.2.1'], ['192.0.2.2']];
  const resolver = createResolver(async () => answers.shift() ?? []);
  expect(await resolver('moving.invalid')).toEqual(['192.0.2.1']);
  expect(await resolver('moving.invalid')).toEqual(['192.0.2.2']);
});

describe('names whose servers swallow what they are asked', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** It begins a lookup of `slow…` that ends when it is told to, and of any other at once. */
  function slowNames() {
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const resolver = createResolver((name) => {
      begun.push(name);
      if (!name.startsWith('slow')) return Promise.resolve(['192.0.2.1']);
      return new Promise((resolve) => ends.set(name, () => resolve([])));
    });
    return { begun, resolver, end: (name: string) => ends.get(name)?.() };
  }

  test('are looked up two at a time, and not at all once nobody waits for them', async () => {
    const { begun, resolver, end } = slowNames();
    const answers = Promise.all(['slow-1', 'slow-2', 'slow-3'].map(resolver));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(begun).toEqual(['slow-1', 'slow-2']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answers).toEqual([null, null, 'not-begun']);
    end('slow-1');
    expect(await resolver('quick')).toEqual(['192.0.2.1']);
    expect(begun).toEqual(['slow-1', 'slow-2', 'quick']);
  });

  test('hold up no other name, once it is known that they are slow', async () => {
    const { begun, resolver, end } = slowNames();
    const names = ['slow-1', 'slow-2'];
    const answers = Promise.all(names.map(resolver));
    await vi.advanceTimersByTimeAsync(5_000);
    for (const name of names) end(name);
    expect(await answers).toEqual([null, null]);
    const again = Promise.all(names.map(resolver));
    expect(await resolver('quick')).toEqual(['192.0.2.1']);
    expect(begun).toEqual([...names, 'slow-1', 'quick']);
    end('slow-1');
    await vi.waitFor(() => expect(begun).toEqual([...names, 'slow-1', 'quick', 'slow-2']));
    end('slow-2');
    expect(await again).toEqual([[], []]);
    // Both were quick this time.
    void resolver('slow-1');
    void resolver('slow-2');
    expect(begun.slice(-2)).toEqual(names);
  });
});
