/** Of our files beside the tree, the one whose values never show. */
export function isEnvFile(path: string): boolean {
  return path.endsWith('.env');
}
