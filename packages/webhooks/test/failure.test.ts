import { expect, test } from 'vitest';
import { shownFailure } from '../src/failure.ts';

test.each([
  ['connection-refused', 'connection-refused', 'It refused the connection.'],
  ['redirected 307', 'redirected', 'It answered 307. Redirects are not followed.'],
  ['request-failed E_ODD', 'request-failed', 'The request failed (E_ODD).'],
  ['It answered 500.', null, 'It answered 500.'],
  ['constructor', null, 'constructor'],
])('a failure that is kept as %s has the code %s', (kept, code, sentence) => {
  expect(shownFailure(kept)).toEqual({ code, sentence });
});
