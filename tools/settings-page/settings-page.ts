import { settingTexts } from './setting-texts.ts';

const BEGIN = `# Settings

Settings come from the environment. \`npm start\` and the other commands read \`.env\` too; the environment wins. \`npm start\` checks the settings of all services before it starts any. With a wrong
value nothing starts: one message lists every wrong value and says what would be right. Names that look misspelt, such as \`PRODUCTS_APIKEY\`, get a warning.

Each table says who reads a setting: the gateway, Products, Inventory, or the commands, of which \`npm start\` is one. This page is made by \`npm run settings\`.
`;

const END = `## Scopes and keys

Scopes are \`products:read\`, \`products:write\`, \`inventory:read\`, \`inventory:write\`, \`purchases:read\`, \`purchases:write\`, \`webhooks:read\`,
\`webhooks:write\`, \`internal\` and \`admin\`. To make an API key and its digest for \`KEYS_FILE\`:

    key=$(openssl rand -base64 32); echo "$key"; printf %s "$key" | sha256sum
`;

/** docs/settings.md. `readers` are those of each setting, by its name. */
export function settingsPage(readers: ReadonlyMap<string, readonly string[]>): string {
  const sections = settingTexts.map(({ title, settings }) => {
    const rows = settings.map(({ names, default: value, meaning }) => {
      const readBy = [...new Set(names.flatMap((name) => readers.get(name) ?? []))].join(', ');
      return `| ${names.map((name) => `\`${name}\``).join(', ')} | ${value} | ${readBy} | ${meaning} |`;
    });
    return [
      `## ${title}\n`,
      '| setting | default | read by | meaning |',
      '|---|---|---|---|',
      ...rows,
    ]
      .join('\n')
      .concat('\n');
  });
  return [BEGIN, ...sections, END].join('\n');
}
