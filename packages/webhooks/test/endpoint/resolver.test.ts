import { expect, test, vi } from 'vitest';
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
