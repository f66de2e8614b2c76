/** The licences of the packages whose code is in the bundles. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from './dependencies.mjs';

/** Their texts, one package after the other; rejects for a package without a licence. */
export async function thirdPartyNotices(): Promise<string> {
  const files = JSON.parse(
    await readFile(join(repository, 'out', 'bundled-files.json'), 'utf8'),
  ) as string[];
  const names = new Set(files.flatMap((file) => packageOf(file) ?? []));
  const notices = await Promise.all([...names].sort().map(noticeOf));
  return `LLM Stream Inspector contains code of these packages.\n\n${notices.join('\n')}`;
}

/** `node_modules/a/b.js` is of the package `a`, `node_modules/@a/b/c.js` of `@a/b`. */
const packageOf = (file: string): string | undefined =>
  /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

async function noticeOf(name: string): Promise<string> {
  const folder = join(repository, 'node_modules', name);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    version: string;
    license?: string;
  };
  const licenceFiles = (await readdir(folder)).filter((file) => /^licen[cs]e/i.test(file));
  if (licenceFiles.length === 0 && manifest.license === undefined) {
    throw new Error(`The package ${name} is bundled but has no licence.`);
  }
  const texts = await Promise.all(licenceFiles.map((file) => readFile(join(folder, file), 'utf8')));
  const title = `${name} ${manifest.version} (${manifest.license ?? 'see below'})`;
  return [title, '='.repeat(title.length), ...texts.map((text) => text.trim()), ''].join('\n\n');
}
