/** Their names say it. */
const NAMES = /^(?:\.env(?:\..+)?|\.netrc|\.git-credentials|\.pypirc|credentials\.json|id_(?:rsa|dsa|ecdsa|ed25519)[\w-]*)$/;
/** A form to be filled in. */
const FORMS = /\.(?:example|sample|template|dist)$/;
/** Names that say nothing by themselves, and what such a file then has in it. A token that is `${NAME}` is none. */
const CONTENTS: readonly [RegExp, RegExp][] = [
  [/\.(?:pem|key)$/i, /^\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/],
  [/^\.npmrc$/, /_(?:auth|authToken|password)\s*=\s*[^\s$]/],
];

/** Whether a file looks as if nobody but its owner should read it. `beginning` is looked at where the name alone does not tell. */
export function looksSecret(path: string, beginning: () => string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (NAMES.test(name)) return !FORMS.test(name);
  return CONTENTS.some(([names, contents]) => names.test(name) && contents.test(beginning()));
}

/** Those that lie least deep come first: what a person put there before what came along with a package. */
export function byDepth(paths: readonly string[]): string[] {
  const depth = (path: string) => path.split('/').length;
  return paths.toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}
