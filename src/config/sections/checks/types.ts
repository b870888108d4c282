export interface ChecksConfig {
  checks: CheckSettings;
}

export interface CheckSettings {
  /** Per cent in use, bytes and inodes alike. */
  diskWarn: number;
  diskFail: number;
  clockSkewWarnMs: number;
  keyExpiryWarnDays: number;
}
