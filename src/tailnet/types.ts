/** `tailscale status --json`, read leniently and reduced to what ops asks of it. */
export interface TailnetStatus {
  /** NoState, NeedsLogin, NeedsMachineAuth, Stopped, Starting, Running …: the command exits 0 in all of them. */
  backendState: string;
  /** MagicDNS suffix without dots around it; null when unknown. */
  suffix: string | null;
  magicDns: boolean;
  /** False in containers without a TUN device: connections then go through `tailscale nc`. */
  tun: boolean;
  version: string;
  health: readonly string[];
  self: Peer | null;
  peers: readonly Peer[];
  /** Nodes without a name or an id that could be used: they are none of `peers`. */
  leftOut: number;
}

export interface Peer {
  /** Stable node id, e.g. n2CNTRL: small numbers under headscale, reused by another control server. */
  stableId: string;
  /** Lower case, without the trailing dot. */
  fqdn: string;
  hostName: string;
  /** Tailnet addresses, IPv4 first. */
  ips: readonly string[];
  os: string;
  online: boolean;
  expired: boolean;
  /** ISO time; null = never expires. */
  keyExpiry: string | null;
  lastSeen: string | null;
  tags: readonly string[];
  user: string | null;
  /** Host keys that the control plane vouches for: present exactly while the peer runs Tailscale SSH. */
  sshHostKeys: readonly string[];
  shared: boolean;
}

export interface PeerPath {
  kind: 'direct' | 'peer-relay' | 'derp';
  latencyMs: number;
  /** Endpoint or DERP region code. */
  via: string;
}

/** What ops.pins holds of one host. */
export interface Pin {
  /** Tailnet suffix and stable id together name the node. */
  suffix: string;
  stableId: string;
  fqdn: string;
  /** `type base64` lines, sorted. */
  hostKeys: readonly string[];
  machineId: string | null;
}
