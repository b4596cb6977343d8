import type ui from '@nuxt/ui/vite';

type Theme = NonNullable<NonNullable<Parameters<typeof ui>[0]>['ui']>;

/**
 * How Nuxt UI's components differ from what they are by default. The colours are in
 * `src/theme.css`.
 */
export const uiTheme: Theme = {
  colors: { primary: 'indigo', neutral: 'zinc' },
  button: {
    slots: { base: 'cursor-pointer font-medium' },
    compoundVariants: [
      // Three quarters of the colour, as it comes, are too pale for the text on them.
      {
        color: 'primary',
        variant: 'solid',
        class:
          'hover:bg-primary-700 active:bg-primary-700 dark:hover:bg-primary-300 dark:active:bg-primary-300',
      },
      {
        color: 'error',
        variant: 'solid',
        class:
          'hover:bg-error-800 active:bg-error-800 dark:hover:bg-error-300 dark:active:bg-error-300',
      },
    ],
    defaultVariants: { size: 'md' },
  },
  input: { slots: { root: 'w-full', base: 'bg-default' } },
  textarea: { slots: { root: 'w-full', base: 'bg-default' } },
  formField: { slots: { label: 'text-default font-medium', error: 'mt-1.5 text-error text-sm' } },
  badge: { defaultVariants: { variant: 'soft', size: 'md' } },
  modal: {
    slots: {
      overlay: 'z-50',
      content: 'z-50 bg-default ring-0 border border-default shadow-xl',
      footer: 'justify-end',
    },
    variants: { overlay: { true: { overlay: 'bg-black/55' } } },
  },
  dropdownMenu: { slots: { content: 'min-w-44' } },
};
