import { readCommandLine } from '../../config/sections/apps/command-line.ts';
import type { AppConfig, Privilege, ServiceConfig } from '../../config/types.ts';

/** Text of the unit that ops writes for a service that is only a command line. */
export function generatedUnit(app: AppConfig, service: Extract<ServiceConfig, { kind: 'run' }>, privilege: Privilege): string {
  const system = privilege !== 'none';
  return [
    `# Written by ops for the app ${app.id}. Changes made here are overwritten by the next deploy.`,
    '[Unit]',
    `Description=${app.id}: ${service.unit}`,
    'After=network-online.target',
    'Wants=network-online.target',
    '',
    '[Service]',
    'Type=exec',
    ...(system ? [`User=${service.user}`] : []),
    `WorkingDirectory=${app.path}/current`,
    `ExecStart=${commandLine(app, service.run)}`,
    ...(hasEnv(app) ? [`EnvironmentFile=${envFilePath(app, privilege)}`] : []),
    'Restart=always',
    'RestartSec=1',
    ...(system ? ['NoNewPrivileges=true'] : []),
    '',
    '[Install]',
    `WantedBy=${system ? 'multi-user.target' : 'default.target'}`,
    '',
  ].join('\n');
}

/** A program named by a relative path is the release's own; a bare name is left to systemd's search path. */
function commandLine(app: AppConfig, run: string): string {
  const [program = '', ...args] = readCommandLine(run).words.map(({ text }) => text);
  return [program.replace(/^\.\//, `${app.path}/current/`), ...args].map(execWord).join(' ');
}

/** Written so that systemd reads this very word; `$NAME` and `${NAME}` it still takes from the environment. */
function execWord(word: string): string {
  const text = word.replaceAll('%', '%%');
  if (/^[\w@%+=:,./${}~-]+$/.test(text)) return text;
  const code = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[\u0000-\u001f\u007f]/g, code)}"`;
}

/** Units that bring their own file get the app's environment by a drop-in. */
export function environmentDropIn(app: AppConfig, privilege: Privilege): string {
  return [`# Written by ops for the app ${app.id}.`, '[Service]', `EnvironmentFile=${envFilePath(app, privilege)}`, ''].join(
    '\n',
  );
}

export function envFilePath(app: AppConfig, privilege: Privilege): string {
  return privilege === 'none' ? `%h/.config/ops/${app.id}.env` : `/etc/ops/${app.id}.env`;
}

export function hasEnv(app: AppConfig): boolean {
  return Object.keys(app.env).length > 0;
}
