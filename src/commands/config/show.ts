import { OpsCommand } from '../../command/ops-command.ts';
import { describeConfig } from '../../config/index.ts';

export default class ConfigShow extends OpsCommand {
  static override summary = 'Show what ops.yaml means: every default filled in, secrets redacted';
  static override examples = ['<%= config.bin %> config show', '<%= config.bin %> config show --json'];

  override async run(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const { config } = await this.context(flags);
    const shown = describeConfig(config);
    this.output.print(JSON.stringify(shown, null, 2).split('\n'));
    this.output.document('ops/config-show@1', true, { exit: 0, config: shown });
  }
}
