import { Args } from '@oclif/core';
import { explain, explainedCodes } from '../command/explain.ts';
import { OpsCommand } from '../command/ops-command.ts';
import { formatTable } from '../report/table.ts';

export default class Explain extends OpsCommand {
  static override summary = 'Say what a code means, what usually causes it and what to do';
  static override args = {
    code: Args.string({ description: 'a code that ops printed, such as peer-unknown; all of them without it' }),
  };
  static override examples = ['<%= config.bin %> explain peer-unknown', '<%= config.bin %> explain'];

  override async run(): Promise<void> {
    const { args } = await this.parse(Explain);
    const codes = args.code === undefined ? explainedCodes() : [args.code];
    const explained = Object.fromEntries(codes.map(code => [code, explain(code)]));
    this.output.print(
      args.code === undefined ? formatTable(codes.map(code => [code, firstSentence(explain(code))])) : [explain(args.code)],
    );
    this.output.document('ops/explain@1', true, { exit: 0, codes: explained });
  }
}

function firstSentence(text: string): string {
  return /^.*?[.?!](?= |$)/s.exec(text)?.[0] ?? text;
}
