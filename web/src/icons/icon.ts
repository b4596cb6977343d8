import { h, shallowReactive, type FunctionalComponent } from 'vue';
import first from 'virtual:anaquel-icons';

/** What is drawn, by name, in a box of 24 units. */
const bodies = shallowReactive(new Map<string, string>(Object.entries(first)));
let rest: Promise<void> | null = null;

function loadRest(): void {
  rest ??= import('virtual:anaquel-icons/rest').then(
    ({ default: more }) => {
      for (const [name, body] of Object.entries(more)) bodies.set(name, body);
    },
    // The next icon that is missing tries again.
    () => void (rest = null),
  );
}

/**
 * Stands in for the component of @iconify/vue, as Nuxt UI uses it: decoration beside a text, so
 * hidden from screen readers.
 */
export const Icon: FunctionalComponent<{ icon: string }> = ({ icon }) => {
  const body = bodies.get(icon.replace(/^lucide-/, 'lucide:'));
  if (body === undefined) loadRest();
  return h('svg', {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: '0 0 24 24',
    width: '1em',
    height: '1em',
    'aria-hidden': 'true',
    // From the icon set in the bundle; nothing that anyone typed comes here.
    innerHTML: body ?? '',
  });
};
Icon.props = ['icon', 'mode', 'width', 'height', 'customise', 'ssr'];

/** Nuxt UI would add its own bundle; there is none. */
export function addIcon(): boolean {
  return false;
}

export function iconLoaded(name: string): boolean {
  return bodies.has(name);
}
