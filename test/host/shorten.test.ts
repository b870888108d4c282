import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/redact.ts';
import { Secret } from '../../src/secret.ts';
import { scratch } from './support/scratch.ts';
import { SHELLS, speak } from './support/shell.ts';

describe.each(Object.keys(SHELLS))('what a host cuts, under %s,', shell => {
  const shorten = (text: string, most: number) => {
    const { answer } = speak(
      shell,
      ['core/lib'],
      'params\nprintf "%s\\n" "$p_text" | shorten "$p_most" | say_lines cut',
      scratch(),
      {
        params: { text, most: String(most) },
      },
    );
    return answer!.get('cut')!;
  };

  test('says so, and half a secret in it does not show', () => {
    expect(shorten('web says it', 11)).toBe('web says it');
    expect(shorten('web says it', 3)).toBe('web…');
    const secret = 'pässwörd/1234';
    const redactor = new Redactor();
    redactor.know([new Secret('x', secret)]);
    for (let most = 9; most < 23; most++)
      expect(redactor.redact(shorten(`line ${secret} x`, most))).toMatch(/^line \[REDACTED\]( ?x?)?…?$/);
  });
});
