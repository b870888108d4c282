/** Compares dotted numbers: 3.10 is newer than 3.9. */
export function isAtLeast(version: string, floor: string): boolean {
  const have = version.split('.').map(Number);
  for (const [index, wanted] of floor.split('.').map(Number).entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
