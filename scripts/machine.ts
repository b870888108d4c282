import { runProgram } from './program.ts';

/** Programs that the unit tests and the checks call on this machine, and the Debian package each comes from. */
const TOOLS: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  dash: 'dash',
  git: 'git',
  rsync: 'rsync',
  shellcheck: 'shellcheck',
  ssh: 'openssh-client',
  systemd: 'systemd',
};

/** Installs what is missing when this is root on Debian. Null when all is there, else what is missing and the command. */
export async function ensureTools(): Promise<string | null> {
  const missing = await missingPackages();
  if (missing.length === 0) return null;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() === 0) {
    process.stderr.write(`Installing ${missing.join(' ')}…\n`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    if ((await runProgram(install, { env })).code !== 0) {
      await runProgram(['apt-get', 'update'], { env });
      await runProgram(install, { env });
    }
  }
  const still = await missingPackages();
  return still.length === 0
    ? null
    : `missing on this machine: ${still.join(', ')}; on Debian: apt-get install ${still.join(' ')}`;
}

async function missingPackages(): Promise<string[]> {
  const found = await Promise.all(
    Object.keys(TOOLS).map(async tool => (await runProgram(['sh', '-c', 'command -v "$1"', 'sh', tool])).code === 0),
  );
  return Object.values(TOOLS).filter((_, index) => !found[index]);
}
