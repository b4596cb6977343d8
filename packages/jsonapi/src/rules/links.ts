import { isObject, type Json } from '../json.ts';
import { checkMembers, checkMeta, checkName, objectAt } from './report.ts';
import type { Report } from './report.ts';

const PAGE_LINKS = ['first', 'last', 'prev', 'next'];

/** The links that an object of the specification may have; a resource's may have any name. */
export const LINK_NAMES = {
  document: ['self', 'related', 'describedby', ...PAGE_LINKS],
  relationship: ['self', 'related', ...PAGE_LINKS],
  error: ['about', 'type'],
} as const;

/** https://jsonapi.org/format/1.1/#document-links */
export function checkLinks(
  owner: Json,
  names: readonly string[] | 'any',
  where: string,
  report: Report,
): void {
  if (!('links' in owner)) return;
  const at = `${where}/links`;
  const links = objectAt(owner['links'], at, report);
  if (links === undefined) return;
  if (names !== 'any') checkMembers(links, names, at, report);
  for (const [name, link] of Object.entries(links)) {
    if (name.startsWith('@')) continue;
    checkName(name, `${at}/${name}`, report);
    checkLink(link, `${at}/${name}`, report);
  }
}

const LINK_MEMBERS = ['href', 'rel', 'describedby', 'title', 'type', 'hreflang', 'meta'];

function checkLink(link: unknown, where: string, report: Report): void {
  if (link === null) return;
  if (typeof link === 'string') return checkAddress(link, where, report);
  if (!isObject(link)) return report(where, 'must be text, an object or null');
  checkMembers(link, LINK_MEMBERS, where, report);
  if (typeof link['href'] === 'string') checkAddress(link['href'], `${where}/href`, report);
  else report(`${where}/href`, 'must be text');
  for (const name of ['rel', 'title', 'type']) {
    if (name in link && typeof link[name] !== 'string') report(`${where}/${name}`, 'must be text');
  }
  const languages = 'hreflang' in link ? [link['hreflang']].flat() : [];
  if (!languages.every((language) => typeof language === 'string'))
    report(`${where}/hreflang`, 'must be text or a list of texts');
  if ('describedby' in link) checkLink(link['describedby'], `${where}/describedby`, report);
  checkMeta(link, where, report);
}

/** Ours: the specification lets links be relative. */
function checkAddress(address: string, where: string, report: Report): void {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    report(where, `must be a whole address, and "${address}" is none`);
}

/** The address of a link, whichever form it has. */
export function hrefOf(link: unknown): unknown {
  return isObject(link) ? link['href'] : link;
}
