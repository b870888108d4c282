import type { Answer } from '../answer.ts';
import type { Params } from '../compose.ts';
import { parseMachine } from './machine.ts';
import type { HostFacts, MachineFacts } from './types.ts';

/** A section as it is asked of one host. */
export interface FactQuestion {
  /** The program answers it by its function `facts_ID`. */
  id: string;
  params: Params;
  parse(answer: Answer, machine: MachineFacts): unknown;
}

/** Something that a host can be asked besides what it is: Q is the question, T what is read in the answer. */
export interface FactSection<Q, T> {
  ask(question: Q): FactQuestion;
  /** Null when the host was not asked, or did not come to say it. */
  of(facts: HostFacts): T | null;
}

export function factSection<Q, T>(
  id: string,
  params: (question: Q) => Params,
  parse: (answer: Answer, question: Q, machine: MachineFacts) => T,
): FactSection<Q, T> {
  return {
    ask: question => ({ id, params: params(question), parse: (answer, machine) => parse(answer, question, machine) }),
    // Only `parse` of this very section puts anything under its name.
    of: facts => (facts.sections.get(id) as T | undefined) ?? null,
  };
}

export function paramsOf(questions: readonly FactQuestion[]): Params {
  return Object.assign({}, ...questions.map(({ params }) => params), { section: questions.map(({ id }) => id) }) as Params;
}

/** Answer of the facts program → facts. */
export function parseFacts(answer: Answer, questions: readonly FactQuestion[]): HostFacts {
  const machine = parseMachine(answer);
  return { ...machine, sections: new Map(questions.map(({ id, parse }) => [id, parse(answer, machine)])) };
}
