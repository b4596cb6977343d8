import type { RowFault, RowWarning } from '../csv/row-faults.ts';

/**
 * The texts of the import, which few read. They come with its page. The Spanish ones have the same
 * members.
 */
export const importMessages = {
  import: {
    title: 'Import and export',
    subtitle: 'Products and their stock, as a CSV file.',
    export: 'Export everything',
    exporting: 'Exporting… {count}',
    choose: 'Choose a CSV file, or drop it here',
    chooseDetail:
      'Files of Shopify, WooCommerce, Magento, PrestaShop, Square, Vendure and Loyverse too. Nothing changes before you have seen the preview.',
    columns: 'Columns',
    columnsDetail:
      'A new product needs a name and a price. Empty cells leave things as they are. Spanish column names work too, and other columns can be chosen.',
    example: 'Download an example',
    comparing: 'Comparing {file} with the catalogue…',
    new: 'New products',
    changed: 'Changed products',
    stocked: 'Stock to set',
    same: 'Unchanged',
    unknownColumns: 'These columns are ignored',
    run: 'Import',
    other: 'Choose another file',
    safe: 'Importing the same file again is safe. Products are recognised by their SKU, and by their id in files of this shop.',
    nothing: 'The shop already has everything in this file. There is nothing to import.',
    noneUsable: 'None of its rows can be imported.',
    noRows: 'There are no rows in this file.',
    faults: '{count} row is left out | {count} row is left out | {count} rows are left out',
    notImported:
      '{count} row was not imported | {count} row was not imported | {count} rows were not imported',
    saveFaults: 'Download as CSV',
    line: 'Line',
    reason: 'Reason',
    preview: 'What changes',
    rows: { new: 'New' },
    nothingShown: 'No row changes anything.',
    showMore: 'Show {count} more',
    more: 'and {count} more',
    column: 'Column',
    field: 'Field',
    sample: 'Example',
    noColumn: 'None',
    undecided: 'Choose…',
    formatFound: 'This is a file of {format}',
    columnsChoose: 'Choose the columns',
    columnsChooseDetail:
      'Say which column feeds each field. It is remembered for files with the same columns.',
    contested: 'Several columns could be this field. Choose one.',
    needsName: 'Choose a column for the SKU or for the name.',
    continue: 'Continue',
    changeColumns: 'Change columns',
    warnings:
      '{count} row is worth a look | {count} row is worth a look | {count} rows are worth a look',
    change: 'Change',
    setStock:
      'Also set the stock ({count} row) | Also set the stock ({count} row) | Also set the stock ({count} rows)',
    setStockDetail:
      'The number in the file replaces what is on hand. Without a tick, stock stays as it is.',
    movedTitle:
      'The stock of {count} product changed since the file was made | The stock of {count} product changed since the file was made | The stock of {count} products changed since the file was made',
    movedDetail: 'They stay as they are unless you choose otherwise in their rows.',
    choices: {
      leave: 'Leave {units}',
      leaveUntracked: 'Do not track',
      opening: 'Start with {units}',
      set: 'Set {before} → {units}',
      difference: 'Add the difference: {before} → {units}',
    },
    choiceFor: 'Stock of {name}',
    soldSince: '{seen} when exported, {now} now',
    threshold: 'Threshold',
    meanwhile:
      'The stock of {count} product changed during the import and was not set | The stock of {count} product changed during the import and was not set | The stock of {count} products changed during the import and was not set',
    meanwhileRow: 'It is {now} now; your file says {units}.',
    setAnyway: 'Set {units}',
    wasSet: 'Set',
    running: 'Importing…',
    progress: '{done} of {total}',
    stop: 'Stop',
    done: 'Imported',
    stopped: 'Stopped before the end',
    created: 'Products created',
    updated: 'Products changed',
    stockSet: 'Stocks set',
    cancelled: 'You stopped the import',
    stoppedDetail: 'What was imported stays. Import the same file again to go on from there.',
    toProducts: 'To the products',
    another: 'Import another file',
    tooLarge: 'The file is too large',
    tooLargeDetail: 'Split it into files of at most 20 MB.',
    noColumns: 'This file has no columns',
    noColumnsDetail:
      'It must be a text file with a line that names the columns, and a line for each product.',
    leave: 'The import is still running. Leave and stop it?',
    leaveNow: 'Leave',
    stay: 'Stay here',
  },
  faults: {
    'too-many-cells':
      'It has more cells than the header has columns. A comma in a number or text may need quotes.',
    'quotes-broken': 'A quotation mark is not closed, or closed too early',
    'sku-invalid':
      'The SKU may have up to 64 plain letters (A to Z), digits and signs, and no spaces',
    'sku-twice': 'An earlier row names the same product',
    'sku-taken': 'Another product has this SKU',
    'product-gone': 'The product with this id was deleted. Clear the id to create a new product.',
    'name-invalid': 'The name is one line of at most 200 characters',
    'description-invalid': 'The description is longer than 5,000 characters',
    'price-invalid': 'The price cannot be read',
    'currency-invalid': 'The currency is not a code such as USD',
    'currency-needs-price': 'A new currency needs its price beside it',
    'status-unknown': 'The status must be active, draft or archived',
    'tags-invalid': 'At most 20 tags of 50 characters',
    'barcodes-invalid':
      'At most 10 barcodes of 64 characters, each with its right check digit and not shortened by a spreadsheet',
    'pack-size-invalid': 'The units a pack are a whole number from 1 to 1,000,000',
    'lead-time-invalid': 'The days until delivery are a whole number from 0 to 365',
    'supplier-invalid': 'The supplier is one line of at most 200 characters',
    'image-invalid': 'The picture must be a path or an https address',
    'stock-invalid': 'The stock cannot be read',
    'threshold-invalid': 'The threshold cannot be read',
    'name-and-price-needed': 'A new product needs a name and a price',
    'outcome-unknown':
      'No answer came, and a product without a SKU cannot be found again. Check whether the shop has it before you import it again.',
    refused: 'The service refused it',
  } satisfies Record<RowFault['fault'], string>,
  rowWarnings: {
    garbled: 'A character in this row was lost (�)',
    'sku-near': 'New, but there is {other}, which differs only in case or zeros',
    'sku-shortened':
      'New, but a spreadsheet seems to have shortened its SKU: look up the whole number',
    'sku-kept': 'The SKU stays {other}: a spreadsheet seems to have changed it',
    'sku-missing': 'New, without a SKU: each import creates it again',
    'stock-negative': 'Its stock is below zero and is left out',
  } satisfies Record<RowWarning['warning'], string>,
};

export type ImportMessages = typeof importMessages;
