import { type Answered, RecordingHost, type Sent, transactionIn } from './recording-host.ts';

/** By the mode of the transaction, or the name of the program. What is not said goes well. */
export type Answers = Partial<Record<string, (sent: Sent) => Answered>>;

/** A connection that is gone: nobody knows what became of what was sent. */
export const GONE: Answered = { exit: 255, stderr: 'client_loop: send disconnect: Broken pipe' };

/** The record of a run that ended so, and a host that looks as the record says. */
export function ended(outcome: string, { code = 'ok', reason = '', current = '-' } = {}, ...more: string[]): string[] {
  const record = [`outcome ${outcome}`, `code ${code}`, `reason ${reason}`, `seen current ${current}`, ...more];
  return [...record.map(line => `record ${line}`), `seen current ${current}`];
}

/** A host that does what it is told, and does it well, but for what `answers` say. */
export function hostThat(id: string, answers: Answers = {}, upload: ConstructorParameters<typeof RecordingHost>[2] = {}) {
  const well: Answers = {
    stage: ({ params }) => [`partial /srv/web/releases/.partial-${params.run![0]}`],
    deploy: ({ params }) => {
      const [release] = params.release!;
      return ended('done', { current: `releases/${release}` }, `release ${release}`, 'state active');
    },
    rollback: ({ params }) => {
      const [release] = params.release!;
      return ended('done', { current: `releases/${release}` }, `release ${release}`, 'state proven');
    },
    back: ({ params }) => {
      const [code, why, back] = [params.code![0]!, params.why![0]!, params.back![0]!];
      return ended(back === '' ? 'stuck' : 'reverted', { code, reason: why, current: back === '' ? '-' : `releases/${back}` });
    },
    confirm: ({ params }) => {
      const [release] = params.release!;
      return ended('done', { current: `releases/${release}` }, `release ${release}`, 'state proven');
    },
    ...answers,
  };
  return new RecordingHost(
    id,
    sent => {
      const starts = sent.program.endsWith('.start');
      const asked = starts ? transactionIn(sent) : sent;
      const answer = well[starts ? asked.params.mode![0]! : asked.program];
      return answer?.(asked) ?? [];
    },
    upload,
  );
}

/** Every program that a host was sent, and the mode of each transaction: `stage`, `deploy.start deploy`. */
export function told(host: RecordingHost): string[] {
  return host.sent.map(({ program, params }) => (program.endsWith('.start') ? `${program} ${params.mode![0]}` : program));
}
