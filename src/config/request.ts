/** required: fail or unknown stops · auto: unknown warns · disabled: identity, host key and lock are still checked. */
export type PreflightMode = 'required' | 'auto' | 'disabled';

export interface ConfigRequest {
  /** `--config FILE`; without it OPS_CONFIG, else ops.yaml is looked for from `cwd` upwards. */
  file?: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  flags?: ConfigFlags;
}

/** Flags that win over ops.yaml; unchecked, as the person wrote them. */
export interface ConfigFlags {
  auth?: string;
  preflight?: string;
}
