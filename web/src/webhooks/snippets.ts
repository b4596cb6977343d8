// oxlint-disable-next-line import/default -- What is imported is the text of the file.
import node from './snippets/verify.mjs?raw';
import php from './snippets/verify.php?raw';
import python from './snippets/verify.py?raw';

/** Code for endpoints that tells whether a request is signed with a secret. It is run in tests. */
export const snippets = { node, python, php } as const;
export type SnippetName = keyof typeof snippets;
export const snippetNames = ['node', 'python', 'php'] as const satisfies readonly SnippetName[];
