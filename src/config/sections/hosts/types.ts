export type AuthMode = 'keys' | 'tailscale_ssh';
export type Privilege = 'root' | 'sudo' | 'doas' | 'none';

export interface HostsConfig {
  hosts: Readonly<Record<string, HostConfig>>;
}

export interface HostConfig {
  /** Key in ops.yaml; `local` is the machine itself. */
  id: string;
  local: boolean;
  /** MagicDNS name (base name or FQDN) or 100.x to look up; lower case. */
  name: string;
  user: string;
  /** sshd's port; tailscale_ssh is always on 22. */
  port: number;
  auth: AuthMode;
  /** Private key file, absolute; null leaves the choice to the user's ssh config and agent. */
  key: string | null;
  privilege: Privilege;
}
