import { expect, test } from 'vitest';
import { renderTexts } from '../../src/report/texts.ts';

const path = '/etc/systemd/system/web.service';
const unit = (...lines: string[]) => ['[Unit]', 'After=a', 'After=b', 'After=c', '[Service]', ...lines, ''].join('\n');

const render = (before: string | null, after: string | null) => renderTexts([{ host: 'web1', path, before, after }]);

test.each<[string, string | null, string | null, string[]]>([
  [
    'with two lines around it',
    unit('User=a', 'Type=exec'),
    unit('User=b', 'Type=exec', 'Restart=always'),
    ['  …', '   After=c', '   [Service]', '  -User=a', '  +User=b', '   Type=exec', '  +Restart=always'],
  ],
  ['of a new file is all of it', '', 'a\nb\n', ['  +a', '  +b']],
  ['of one that goes, too', 'a\n', '', ['  -a']],
  ['of one that cannot be shown says so', null, 'a\n', ['  what is there cannot be shown: it is too long, or no text']],
  ['to one that cannot be shown, too', 'a\n', null, ['  what will be there cannot be shown: it is too long, or no text']],
  ['holds no terminal controls', 'a\u001b[2J\u202e\n', 'a\n', ['  -a\\x1b[2J\\u{202e}', '  +a']],
  ['of what is too long says so', 'a\n'.repeat(3_000), 'b\n', ['  too long to be compared here']],
])('a change %s', (_, before, after, lines) => {
  expect(render(before, after)).toEqual([`web1:${path}`, ...lines]);
});
