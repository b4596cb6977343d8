import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ApiError, Result, Settled } from '../src/api/index.ts';

// A change that must happen once, whatever becomes of its answers, over reloads of the page too.

function fakeStorage(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  } as unknown as Storage;
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', fakeStorage());
  vi.stubGlobal('localStorage', fakeStorage());
});
afterEach(() => void vi.useRealTimers());
afterAll(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const unknown: ApiError = { kind: 'outcome-unknown' };
const refused = (status: number): ApiError => ({ kind: 'refused', status, problems: [] });
const unavailable = (status: 429 | 503): ApiError => ({
  kind: 'unavailable',
  status,
  problems: [],
  retryAfterMs: null,
});
const success: Result<Settled<string>> = {
  ok: true,
  value: { value: 'bought', isReplay: false, clockAheadMs: 0 },
};

/** The page, loaded anew: nothing is left of it but the storage. */
async function loadPage(answers: (ApiError | 'bought')[]) {
  vi.resetModules();
  const { useAttempt } = await import('../src/buying/attempt.ts');
  const pages = await import('../src/buying/pending.ts');
  const requests: { request: string; key: string }[] = [];
  const attempt = useAttempt(
    'test',
    (value): value is string => typeof value === 'string',
    async (request: string, key) => {
      requests.push({ request, key });
      await Promise.resolve();
      const answer = answers.shift();
      if (answer === undefined) return new Promise<never>(() => {});
      return answer === 'bought' ? success : { ok: false, error: answer };
    },
  );
  return { attempt, requests, ...pages };
}

describe('a change whose outcome is not known', () => {
  test('keeps its key until there is one', async () => {
    const { attempt, requests } = await loadPage([unknown, unavailable(503), unknown, 'bought']);
    expect((await attempt.send('two mugs')).name).toBe('unknown');
    expect((await attempt.retry()).name, '503 says nothing of the one before').toBe('unknown');
    expect((await attempt.send('three mugs')).name).toBe('unknown');
    expect(await attempt.retry()).toMatchObject({ name: 'done', value: 'bought' });
    expect(new Set(requests.map(({ key }) => key)).size).toBe(1);
    expect(new Set(requests.map(({ request }) => request))).toEqual(new Set(['two mugs']));
    expect(attempt.pending.value).toBeNull();
  });

  test.each([401, 403, 408, 421, 429])(
    'stays so when a later one is refused with %i before anyone looked for its key',
    async (status) => {
      const { attempt, requests } = await loadPage([unknown, refused(status), 'bought']);
      await attempt.send('a mug');
      expect((await attempt.retry()).name).toBe('unknown');
      expect((await attempt.retry()).name).toBe('done');
      expect(new Set(requests.map(({ key }) => key)).size).toBe(1);
    },
  );

  test.each([404, 409, 422])('is known when the service refuses it with %i', async (status) => {
    const { attempt, requests } = await loadPage([unknown, refused(status), 'bought']);
    await attempt.send('a mug');
    expect((await attempt.retry()).name).toBe('refused');
    await attempt.send('a mug');
    expect(requests[2]?.key, 'another purchase').not.toBe(requests[0]?.key);
  });

  test('is asked for with its key after a reload, also one in the middle of sending', async () => {
    const first = await loadPage([unknown]);
    await first.attempt.send('a mug');
    const second = await loadPage([]);
    expect(second.attempt.state.value.name).toBe('unknown');
    expect(second.attempt.pending.value).toBe('a mug');
    void second.attempt.retry();
    const third = await loadPage(['bought']);
    expect(third.attempt.state.value.name).toBe('unknown');
    expect((await third.attempt.retry()).name).toBe('done');
    const keys = [first, second, third].map(({ requests }) => requests[0]?.key);
    expect(new Set(keys).size).toBe(1);
    expect((await loadPage([])).attempt.state.value.name).toBe('idle');
  });

  test('is sent by nobody under another session, or after its key may be gone', async () => {
    const before = await loadPage([unknown, 'bought']);
    await before.attempt.send('a mug');
    before.beginVisit('signed in anew');
    const after = await loadPage(['bought']);
    expect(after.attempt.state.value.name).toBe('lost');
    expect((await after.attempt.retry()).name).toBe('lost');
    expect(after.requests).toEqual([]);
    after.attempt.forget();
    await after.attempt.send('a mug');
    expect(after.requests[0]?.key).not.toBe(before.requests[0]?.key);

    vi.useFakeTimers({ toFake: ['Date'] });
    const old = await loadPage([unknown]);
    await old.attempt.send('a mug');
    vi.setSystemTime(Date.now() + 24 * 3_600_000);
    expect((await loadPage([])).attempt.state.value.name).toBe('lost');
  });
});

describe('a change that was not made', () => {
  test('has the same key when the same is sent again, and a new one when something else is', async () => {
    const { attempt, requests } = await loadPage([unavailable(503), unavailable(429), 'bought']);
    expect((await attempt.send('a mug')).name).toBe('refused');
    expect(attempt.pending.value).toBeNull();
    await attempt.send('a mug');
    await attempt.send('a cup');
    expect(requests[1]?.key).toBe(requests[0]?.key);
    expect(requests[2]?.key).not.toBe(requests[0]?.key);
    expect(requests[2]?.request).toBe('a cup');
  });

  test('is sent once however often the button is pressed', async () => {
    const { attempt, requests } = await loadPage(['bought']);
    const presses = [attempt.send('a mug'), attempt.send('a mug'), attempt.send('a mug')];
    await Promise.all(presses);
    expect(requests).toHaveLength(1);
    expect(attempt.state.value.name).toBe('done');
  });
});
