import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OpsCommand } from '../../command/ops-command.ts';

export default class ConfigExample extends OpsCommand {
  static override summary = 'Print an ops.yaml that explains every key, with its default';
  static override examples = ['<%= config.bin %> config example', '<%= config.bin %> config example > ops.yaml'];

  override async run(): Promise<void> {
    await this.parse(ConfigExample);
    const file = await readFile(join(this.config.root, 'examples/reference.ops.yaml'), 'utf8');
    // The modeline finds the schema only from where the file lies in the package.
    const text = file.replace(/^# yaml-language-server:.*\n#\n/, '');
    this.output.print(text.trimEnd().split('\n'));
    this.output.document('ops/config-example@1', true, { exit: 0, text });
  }
}
