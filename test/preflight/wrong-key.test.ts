import { expect, test } from 'vitest';
import { classifyRemoteFailure } from '../../src/exec/classify.ts';
import { describeWrongKey } from '../../src/preflight/wrong-key.ts';
import { makeKey, makePin } from '../tailnet/nodes.ts';

const refusal = classifyRemoteFailure(
  { exit: 255, reason: 'exited', stdout: '', stderr: 'Host key verification failed.', durationMs: 10 },
  'web1',
);
const hints = ['ops hosts pin web1 --replace   (when the change is yours)', 'ops explain host-key-mismatch'];

test('a wrong host key is told with what the port shows, and the one command that accepts it', () => {
  const error = describeWrongKey(refusal, makePin('web1'), [makeKey('other')]);
  expect(error).toMatchObject({ code: 'host-key-mismatch', exit: 'identity-mismatch', hints });
  expect(error.message).toMatch(/other host key: pinned ssh-ed25519 SHA256:.*, shown ssh-ed25519 SHA256:/);
});

test('when nobody could look, the refusal stands all the same', () => {
  expect(describeWrongKey(refusal, makePin('web1'), null)).toMatchObject({ message: refusal.message, hints });
});
