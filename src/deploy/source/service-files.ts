import { join, posix } from 'node:path';
import { readCommandLine } from '../../config/sections/apps/command-line.ts';
import type { AppConfig } from '../../config/types.ts';
import { OpsError } from '../../errors.ts';
import { UnreadableFile } from '../../files/project-file.ts';
import type { Source } from './source.ts';
import { badEntry } from './tree.ts';
import { programsOf, serviceSettings } from './unit-file.ts';

/** As much as the kernel reads of a first line; the file of a venv is not longer either. */
const BEGINNING = 1024;

/**
 * Texts of unit files that come with the source, by unit. None of them, nor a program that a service or check begins with, names
 * the folder of a release: that one would outlive every deploy, seen or unseen.
 * @throws OpsError unit-file-missing or source-entry
 */
export async function readServiceFiles(app: AppConfig, source: Source): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const service of app.services) {
    if (service.kind !== 'file') continue;
    const text = await source.readText(service.file).catch(error => Promise.reject(noUnitFile(app, service.file, error)));
    namesNoRelease(app, service.file, text, line => !/^\s*[#;]/.test(line));
    texts.set(service.unit, text);
  }
  for (const program of programsInSource(app, [...texts.values()])) {
    namesNoRelease(app, program, await beginningOf(source, program), (line, index) => index === 0 && line.startsWith('#!'));
    // What the interpreter of a venv goes by.
    const venv = posix.join(program, '../../pyvenv.cfg');
    namesNoRelease(app, venv, await beginningOf(source, venv), line => /^\s*home\s*=/.test(line));
  }
  return texts;
}

/** Those that lie in the source, by their paths there. */
function programsInSource({ path, services, checks }: AppConfig, units: readonly string[]): Set<string> {
  const words = [
    ...services.flatMap(service => (service.kind === 'run' ? [readCommandLine(service.run).words[0]?.text ?? ''] : [])),
    ...units.flatMap(text => programsOf(serviceSettings(text)).map(program => program.path)),
    ...checks.map(([word = '']) => word),
  ];
  const own = words.map(word => (word.startsWith(`${path}/current/`) ? `.${word.slice(`${path}/current`.length)}` : word));
  return new Set(own.filter(word => word.includes('/') && !posix.isAbsolute(word)).map(word => posix.normalize(word)));
}

/** Empty for what is no file of the release: shared, left out, or not there. */
async function beginningOf({ manifest, readBeginning }: Source, path: string): Promise<string> {
  if (!manifest.lines.some(line => line.startsWith('f\t') && line.endsWith(`\t${path}`))) return '';
  return (await readBeginning(path, BEGINNING)).toString('latin1');
}

function noUnitFile(app: AppConfig, file: string, error: unknown): unknown {
  if (!(error instanceof UnreadableFile)) return error;
  if (!error.missing) return badEntry(app, file, `cannot be read: ${error.reason}`, 'put the unit file itself there');
  return new OpsError('unit-file-missing', 'usage', `${file} is not in the source of ${app.id}`, {
    hint: `ls ${join(app.source.dir, file)}`,
  });
}

/** @throws OpsError source-entry, with the first line that counts and names one. */
function namesNoRelease(app: AppConfig, file: string, text: string, counts: (line: string, index: number) => boolean): void {
  for (const [index, line] of text.split('\n').entries()) {
    const release = counts(line, index) ? releaseIn(app, line) : '';
    if (release === '') continue;
    const hint = `name it below ${app.path}/current/, or make the file anew where it is deployed from`;
    throw badEntry(app, `${file}:${index + 1}`, `names release ${release}, and would go on with that one`, hint);
  }
}

/** The release whose folder a line names, '' for none. What is no part of a path stands before it. */
function releaseIn({ path }: AppConfig, line: string): string {
  const [before = '', after = ''] = line.split(`${path}/releases/`, 2);
  return /[\w.]$/.test(before) ? '' : /^[\w.-]*/.exec(after)![0];
}
