export interface TailnetConfig {
  /** Pinned MagicDNS suffix, e.g. tail1234.ts.net. */
  tailnet: string;
}
