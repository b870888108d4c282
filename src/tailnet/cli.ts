import { OpsError } from '../errors.ts';
import type { LocalSpec } from '../exec/runner.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The tailscale program of this machine. */
export interface TailscaleCli {
  program: string;
}

const MACOS_APP = '/Applications/Tailscale.app/Contents/MacOS/Tailscale';

/** In order of preference. OPS_TAILSCALE names the only one to try. */
export function tailscaleCandidates(env: Environment, platform: NodeJS.Platform): readonly TailscaleCli[] {
  const chosen = env.OPS_TAILSCALE;
  const programs = chosen ? [chosen] : platform === 'darwin' ? ['tailscale', MACOS_APP] : ['tailscale'];
  return programs.map(program => ({ program }));
}

/** A tailscale command that only reads. */
export function tailscaleCommand(cli: TailscaleCli, args: readonly string[], deadlineMs: number): LocalSpec {
  return { program: cli.program, environment: 'tailscale', args, deadlineMs, mutates: false };
}

/** Carries one TCP connection where there is no TUN device: the words of ssh's ProxyCommand. It ends as soon as its stdin does. */
export function netcatCommand(cli: TailscaleCli, ip: string, port: number): readonly string[] {
  return [cli.program, 'nc', ip, String(port)];
}

export function tailscaleMissing(tried: readonly TailscaleCli[], platform: NodeJS.Platform): OpsError {
  const programs = tried.map(cli => cli.program);
  const install =
    platform === 'darwin'
      ? 'brew install --cask tailscale-app'
      : 'curl -fsSL https://tailscale.com/install.sh | sh && sudo tailscale up';
  return new OpsError(
    'tailscale-missing',
    'tailscale-missing',
    `the tailscale program is not on this machine (tried ${programs.join(', ')})`,
    {
      hint: [install, 'OPS_TAILSCALE=/path/to/tailscale, when it is somewhere else'],
      details: { tried: programs },
    },
  );
}
