import { OpsCommand } from '../../command/ops-command.ts';
import { plural } from '../../format.ts';

export default class ConfigCheck extends OpsCommand {
  static override summary = 'Check ops.yaml: every problem at once, with its place';
  static override examples = ['<%= config.bin %> config check', '<%= config.bin %> config check --config deploy/ops.yaml --json'];

  override async run(): Promise<void> {
    const { flags } = await this.parse(ConfigCheck);
    const { config } = await this.context(flags);
    const hosts = Object.keys(config.hosts).length;
    const apps = Object.keys(config.apps).length;
    this.output.print([`${config.file} is valid: ${plural(hosts, 'host')}, ${plural(apps, 'app')}, tailnet ${config.tailnet}`]);
    this.output.document('ops/config-check@1', true, {
      exit: 0,
      file: config.file,
      digest: config.digest,
      hosts,
      apps,
      overrides: config.overrides,
    });
  }
}
