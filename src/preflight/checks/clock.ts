import { formatMs } from '../../format.ts';
import type { Check } from '../check.ts';
import { about } from '../concerns.ts';
import { pass, unknown, warn } from '../finding.ts';

export const clock: Check = {
  id: 'clock',
  title: 'clock of the host',
  vantage: 'host',
  exit: 'host-not-ready',
  concerns: about.connection,
  codes: {
    'clock-skew':
      'The clocks of the host and of this machine disagree. Certificates, tokens and the times in receipts suffer from it. Check that NTP runs on both sides.',
    'clock-unread': 'The host did not say what time it is. Its `date` may lack %N.',
  },
  async run(view) {
    const [login, facts] = [await view.login(), await view.privileged()];
    if (facts.clock === null) return unknown('clock-unread', 'the host did not say what time it is');
    const { skewMs, doubtMs } = skewOf(facts.clock * 1000, login.sentAt, login.answeredAt);
    const observed = { skewMs: Math.round(skewMs), doubtMs: Math.round(doubtMs) };
    // What the round trip alone could explain is no skew.
    if (Math.abs(skewMs) - doubtMs > view.config.checks.clockSkewWarnMs) {
      const way = skewMs > 0 ? 'ahead of' : 'behind';
      return warn('clock-skew', `its clock is ${formatMs(Math.abs(skewMs))} ${way} this machine's`, {
        remedies: ['on the host: timedatectl', 'here: timedatectl'],
        observed,
      });
    }
    return pass(
      Math.abs(skewMs) <= doubtMs ? "agrees with this machine's" : `${formatMs(Math.abs(skewMs))} apart from this machine's`,
      observed,
    );
  },
};

/** The host read its clock at some moment between the question and the answer: most likely in the middle, at most half a round trip off. */
function skewOf(hostMs: number, sentAt: number, answeredAt: number): { skewMs: number; doubtMs: number } {
  return { skewMs: hostMs - (sentAt + answeredAt) / 2, doubtMs: (answeredAt - sentAt) / 2 };
}
