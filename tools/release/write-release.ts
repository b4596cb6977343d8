import { execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { processNames } from '../../services/manifest.ts';
import { foldersOfPackages, lockedPackages } from '../lockfile.ts';
import { projectFolder } from '../settings.ts';
import { bundleCommands, bundleMigrations, COMMANDS, commandsFolder } from './bundle.ts';

/** What a release has as it is. */
const COPIED = [
  '.npmrc',
  'LICENSE',
  'docs',
  'deploy/postgres-ha',
  'exec.cmd',
  'web/dist',
  ...['run', 'install', 'install-lock', 'run-npm', 'registry-watch'].map(
    (name) => `tools/${name}.cjs`,
  ),
];

/**
 * Where bundles find the page of the documentation, which is made of files. npm empties the folder
 * `node_modules` of a release when it installs Node.
 */
const DOCS_PAGE = { package: '@fastify/swagger-ui', folder: 'dist' } as const;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

/** What the `package.json` of a release has of that of the project. */
const KEPT = [
  'name',
  'version',
  'private',
  'description',
  'license',
  'type',
  'engines',
  'optionalDependencies',
];

/**
 * Packs what is built into `anaquel-<version>.tar.gz` in the folder: all that running it takes,
 * but Node. The same commit gives the same bytes.
 * @returns the path of the archive
 */
export async function writeRelease(folder: string): Promise<string> {
  const manifest: Manifest = JSON.parse(readText('package.json'));
  const name = `${manifest.name}-${manifest.version}`;
  const draft = mkdtempSync(join(tmpdir(), 'anaquel-release-'));
  try {
    const release = join(draft, name);
    copyFiles(release);
    writeManifests(manifest, release);
    writeLicences(release);
    await bundleCommands(release);
    await bundleMigrations(release);
    mkdirSync(folder, { recursive: true });
    const archive = join(folder, `${name}.tar.gz`);
    pack(draft, name, archive);
    return archive;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function readText(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8');
}

function copyFiles(release: string): void {
  const pages = globSync('*.md', { cwd: projectFolder });
  // The maps lead to the sources, which a release lacks.
  const bundles = processNames.flatMap((name) =>
    globSync(`dist/${name}/*.js`, { cwd: projectFolder }),
  );
  for (const path of [...COPIED, ...pages, ...bundles]) copy(path, join(release, path));
  for (const path of foldersOfPackages([DOCS_PAGE.package]))
    copy(path, join(release, DOCS_PAGE.folder, path));
}

function copy(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(projectFolder, path), target, { recursive: true });
}

/** A release installs nothing but Node, where that is too old. */
function writeManifests(manifest: Manifest, release: string): void {
  const kept = Object.fromEntries(KEPT.map((member) => [member, manifest[member]]));
  const scripts = Object.fromEntries(
    Object.keys(COMMANDS).map((name) => [
      name,
      `exec node tools/run.cjs ${commandsFolder}/${name}.js`,
    ]),
  );
  const written = { ...kept, scripts };
  const locked = lockedPackages();
  const packages = Object.fromEntries(
    Object.keys(manifest.optionalDependencies).map((name) => [
      `node_modules/${name}`,
      locked[`node_modules/${name}`],
    ]),
  );
  const { name, version } = manifest;
  const root = { name, version, optionalDependencies: manifest.optionalDependencies };
  const lockfile = {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...packages },
  };
  writeJson(join(release, 'package.json'), written);
  writeJson(join(release, 'package-lock.json'), lockfile);
}

function writeJson(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}

/** The licences of what is in the bundles and the web app, or made them. */
function writeLicences(release: string): void {
  const texts = Object.entries(lockedPackages()).flatMap(([folder, { version, dev, link }]) => {
    if (!folder.startsWith('node_modules/') || dev || link) return [];
    const files = globSync(`${folder}/{LICENSE,LICENCE,COPYING,license}*`, { cwd: projectFolder });
    const [file] = files.sort();
    const title = `${folder.slice(folder.lastIndexOf('node_modules/') + 13)} ${version}`;
    return file === undefined ? [] : [`${title}\n\n${readText(file).trim()}\n`];
  });
  // What a package has compiled in and does not name: zxing-cpp is in zxing-wasm.
  const folder = 'tools/release/licences';
  for (const file of readdirSync(join(projectFolder, folder)).toSorted())
    texts.push(`${basename(file, '.txt')}\n\n${readText(join(folder, file)).trim()}\n`);
  writeFileSync(join(release, 'THIRD-PARTY-LICENCES.txt'), texts.join(`\n${'-'.repeat(70)}\n\n`));
}

function pack(draft: string, name: string, archive: string): void {
  const time = git('log', '-1', '--format=%ct').trim();
  const order = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${time}`];
  const modes = ['--mode=u+rwX,go+rX,go-w'];
  // Without the name and time that gzip writes by itself.
  const gzip = ['--use-compress-program', 'gzip -9n'];
  execFileSync('tar', ['-cf', archive, ...gzip, ...order, ...modes, '-C', draft, name]);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: projectFolder, encoding: 'utf8' });
}
