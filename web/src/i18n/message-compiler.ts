/** What a message is told when it is said. */
interface MessageContext {
  named(name: string): unknown;
  plural(forms: string[]): string;
}
type Message = (context: MessageContext) => string;

const messages = new Map<string, Message>();

/**
 * Texts with `{name}` in them and forms for nothing, one and many between bars; vue-i18n's own
 * compiler knows more and weighs 5 kB.
 */
export function compileMessage(text: unknown): Message {
  if (typeof text !== 'string') throw new TypeError('A message is no text');
  let message = messages.get(text);
  if (message === undefined) {
    message = messageOf(text);
    messages.set(text, message);
  }
  return message;
}

function messageOf(text: string): Message {
  // Names stand at the odd places.
  const forms = text.split(' | ').map((form) => form.split(/\{(\w+)\}/));
  return (context) => {
    const texts = forms.map((parts) =>
      parts.map((part, at) => (at % 2 === 0 ? part : textOf(context.named(part)))).join(''),
    );
    return texts.length > 1 ? context.plural(texts) : (texts[0] ?? '');
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
