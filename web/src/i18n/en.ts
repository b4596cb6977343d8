import type { ProductStatus, ReservationStatus } from '../api/index.ts';

/**
 * The texts that shop and office share. The Spanish ones have the same members, which the compiler
 * sees to. A bar separates one from many. A section stands in one file.
 */
export const messages = {
  app: {
    skip: 'Skip to the content',
    language: 'Language',
    dark: 'Dark theme',
    loading: 'Loading…',
    retry: 'Try again',
    stale: 'This could not be refreshed just now. What you see may be a little old.',
    dismiss: 'Dismiss',
    close: 'Close',
    cancel: 'Cancel',
    save: 'Save',
    copied: 'Copied.',
    copyFailed: 'Your browser did not allow copying.',
    copyId: 'Copy the number',
    discardTitle: 'Discard what you typed?',
    discard: 'Discard',
    keepEditing: 'Keep editing',
    newRows: '{count} new – show | {count} new – show | {count} new – show',
    otherRows: 'Changed – show',
    rowsWait: 'The list has changed. A button above it shows what is new.',
    unavailable: 'Not available just now',
    offline:
      'You are offline. What you see may be old, and nothing can be changed until you are connected again.',
    notLoaded: 'This could not be loaded. Check your connection and try again.',
    catalogueDown: 'The catalogue is not answering',
    catalogueDownDetail:
      'Products and prices cannot be shown just now. It is usually back in a moment.',
    unknownName: 'Product {id}',
    deletedName: 'Product {id} (deleted)',
    productCount: 'No products | {count} product | {count} products',
    productCountCapped: '{count} products | {count} products | More than {count} products',
  },
  nav: {
    label: 'Main',
    more: 'More',
    catalogue: 'Catalogue',
    manage: 'Office',
    activity: 'Activity',
    status: 'Status',
    purchases: 'My purchases',
    api: 'API',
    signIn: 'Sign in',
    signOut: 'Sign out',
    basket: 'Basket, empty | Basket, {count} unit | Basket, {count} units',
    openMenu: 'Open the menu',
    closeMenu: 'Close the menu',
    signedOut: 'You are signed out.',
    signOutFailed: 'Signing out did not work. Try again.',
  },
  live: {
    idle: '',
    live: 'Stock is live',
    connecting: 'Connecting…',
    lost: 'Connection lost, trying again…',
  },
  stock: {
    untracked: 'Stock not tracked',
    unknown: 'Stock not known just now',
    none: 'Sold out',
    few: 'Only {count} left',
    many: '{count} in stock',
  },
  statuses: {
    active: 'Active',
    draft: 'Draft',
    archived: 'Archived',
    confirmed: 'Confirmed',
    released: 'Released',
    expired: 'Expired',
  } satisfies Record<ProductStatus | ReservationStatus, string>,
  sale: {
    total: 'Total',
    id: 'Purchase number',
  },
  pages: {
    label: 'Pages',
    previous: 'Previous',
    next: 'Next',
    page: 'Page {page}',
  },
  notFound: {
    start: 'To the start',
    title: 'There is nothing here',
    detail: 'The address may have a typing mistake, or the page has moved.',
  },
  unknown: {
    again: 'Ask again',
    forget: 'I have checked',
    offline: 'You are offline. As soon as you are connected, ask again: it will not happen twice.',
    lost: 'Too much time has passed, or you have signed in again. Asking again could make it happen twice, so check first whether it happened.',
    stock: 'We don’t know whether this change was made',
    stockDetail: 'No answer came. Press “Ask again”: it will not be made twice.',
    change: 'We don’t know whether this change was made: {change}',
    made: '{name}: change made once',
    changes: {
      receive: 'receipt of {units} × {name}',
      adjust: 'adjustment of {units} × {name}',
      count: 'count of {units} × {name}',
      threshold: 'low-stock threshold of {units}, {name}',
      return: 'return of {units} × {name}',
    },
  },
  numbers: {
    'not-a-number': 'Give a number of 0 or more',
    ambiguous: 'This can mean {first} or {second}. Write it without a thousands separator.',
    'too-many-decimals': 'More decimals than this currency has',
    'wrong-currency': 'This is a sign of another currency',
    negative: 'Give 0 or more',
    'too-large': 'Give at most one billion',
    shortened: 'A spreadsheet has shortened this number. Write all its digits.',
    'not-whole': 'Give a whole number',
  },
  errors: {
    refused: { title: 'That did not work', detail: 'Check what you entered and try again.' },
    unavailable: {
      title: 'The shop cannot answer just now',
      detail: 'Nothing was changed. It is usually back in a moment.',
    },
    unreachable: {
      title: 'No connection to the shop',
      detail: 'Check your connection. What you see stays as it is.',
    },
    timeout: { title: 'It took too long', detail: 'No answer came in time. Try again.' },
    malformed: {
      title: 'An unexpected answer',
      detail: 'Something between you and the shop sent this answer. Try again.',
    },
    'outcome-unknown': {
      title: 'We don’t know whether it was done',
      detail: 'No answer came. Press again: it will not happen twice.',
    },
    unexpected: { title: 'Something went wrong', detail: 'Reload the page and try again.' },
  },
  problems: {
    'insufficient-stock': {
      title: 'There is not enough stock',
      detail: 'Nothing was changed. Ask for fewer.',
    },
    'price-changed': { title: 'The price has changed', detail: 'Nothing was bought.' },
    'product-not-active': {
      title: 'This product is not for sale',
      detail: 'It was taken off sale. Nothing was bought.',
    },
    'product-not-found': {
      title: 'This product does not exist any more',
      detail: 'It was deleted meanwhile.',
    },
    'not-found': { title: 'There is nothing here', detail: 'It may have been removed.' },
    'not-tracked': {
      title: 'The stock of this product is not tracked yet',
      detail: 'Count the stock once to start tracking.',
    },
    'already-tracked': {
      title: 'The stock is already tracked',
      detail: 'Close this and look again.',
    },
    'count-below-reserved': {
      title: 'The count is lower than what is reserved',
      detail:
        'Buyers were promised these units. Count at least as many, or release reservations first.',
    },
    'count-outdated': {
      title: 'The stock was counted again since',
      detail: 'Leave this count out, or count again.',
    },
    'stock-limit-exceeded': {
      title: 'The stock would exceed its limit',
      detail: 'A product can have at most a billion units.',
    },
    'pictures-full': {
      title: 'There is no room for another picture',
      detail: 'Take pictures away from products and wait a day, or raise PICTURES_MAX_MB.',
    },
    'sku-taken': {
      title: 'Another product has this SKU',
      detail: 'Choose another one.',
    },
    'barcode-taken': {
      title: 'Another product has this barcode',
      detail: 'Take it from that product first, or leave it out.',
    },
    'currency-needs-price': {
      title: 'A new currency needs its price',
      detail: 'Give the price in it, too.',
    },
    'precondition-failed': {
      title: 'Someone else has changed it meanwhile',
      detail: 'Nothing was overwritten. Look at it again.',
    },
    'return-exceeds-sale': {
      title: 'More units than were sold',
      detail: 'Only units that were sold and not yet returned can be returned.',
    },
    'reservation-expired': {
      title: 'The reservation has expired',
      detail: 'Nothing was bought. Hold the products again.',
    },
    'hold-limit': {
      title: 'This is more than can be held for you',
      detail:
        'Holds are limited in number and time. Take fewer units, release a hold, or wait until one ends.',
    },
    'webhook-limit': {
      title: 'There are too many webhooks',
      detail: 'Delete one that is not needed.',
    },
    'delivery-limit': {
      title: 'Too many deliveries wait for this webhook',
      detail: 'Wait until some of them are done.',
    },
    'webhooks-not-set-up': {
      title: 'Webhooks are not set up',
      detail: 'The service needs the setting WEBHOOKS_SECRET_KEY.',
    },
    'reservation-closed': {
      title: 'The reservation has ended',
      detail: 'It was confirmed or released before.',
    },
    'idempotency-key-reused': {
      title: 'This request was sent before with other content',
      detail: 'Reload the page and try again.',
    },
    'mixed-currencies': {
      title: 'Different currencies',
      detail: 'One purchase has one currency. Buy the others separately.',
    },
    'total-too-large': { title: 'The total is too large', detail: 'Buy in several steps.' },
    'catalogue-unavailable': {
      title: 'The catalogue is not answering',
      detail: 'Nothing was bought and nothing was charged. Try again in a moment.',
    },
    overloaded: {
      title: 'Very busy right now',
      detail: 'Nothing was changed. Try again in a moment.',
    },
    'ledger-unavailable': {
      title: 'Changes are not possible right now',
      detail: 'Nothing was changed. You can still read everything.',
    },
    unavailable: {
      title: 'The shop cannot answer just now',
      detail: 'It is usually back in a moment.',
    },
    'too-many-requests': { title: 'Too many requests', detail: 'Wait a moment, then try again.' },
    'sign-in-required': { title: 'Please sign in', detail: 'This is for those who run the shop.' },
    'wrong-password': { title: 'That is not the password', detail: 'Check it and try again.' },
    'cross-site-request': {
      title: 'This request came from another site',
      detail: 'Reload the page and try again.',
    },
    'invalid-parameter': {
      title: 'This search is not possible',
      detail: 'Use plain text, and plain numbers for prices.',
    },
    'scope-missing': { title: 'You may not do this', detail: 'Sign in as an operator.' },
    'invalid-attribute': { title: 'An entry is not valid', detail: 'Check what you entered.' },
    'internal-error': {
      title: 'Something went wrong in the shop',
      detail: 'It has been noted. Try again later.',
    },
  },
};

export type Messages = typeof messages;
