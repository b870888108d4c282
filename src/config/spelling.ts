/** `Web1.` and `web1` are one name. */
export function dnsName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** `./data/` and `data` are one path. */
export function tidy(path: string): string {
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/');
}
