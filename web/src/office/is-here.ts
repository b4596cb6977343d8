/** Whether a page of the office, or one below it, is the one that is shown. */
export function isHere(path: string, page: string): boolean {
  return path === page || (page !== '/manage' && path.startsWith(`${page}/`));
}
