import { describe, expect, test } from 'vitest';
import { isKnownColumn } from '../src/csv/column-mapping.ts';
import { cloak, parseCsv, uncloak, writeCsv } from '../src/csv/csv-table.ts';
import { decodeText } from '../src/csv/decode-text.ts';
import { htmlText } from '../src/csv/html-text.ts';

const parse = (text: string) => parseCsv(text, isKnownColumn);
const cellsOf = (text: string) => parse(text).rows.map(({ cells }) => cells);

describe('a table', () => {
  test('has quotes, line ends of any kind, and lines that are counted', () => {
    const text = '\uFEFFsku,name\r\nA,"Mug, ""blue"""\n\nB,"two\r\nlines"\rC,plain';
    expect(parse(text)).toEqual({
      header: ['sku', 'name'],
      rows: [
        { line: 2, cells: ['A', 'Mug, "blue"'], isBroken: false },
        { line: 4, cells: ['B', 'two\nlines'], isBroken: false },
        { line: 6, cells: ['C', 'plain'], isBroken: false },
      ],
    });
  });

  test('may be separated by semicolons, tabs or bars', () => {
    expect(cellsOf('sku;name\nA;"x;y"')).toEqual([['A', 'x;y']]);
    expect(cellsOf('sku\tname\nA\tx,y')).toEqual([['A', 'x,y']]);
    expect(cellsOf('sku|name|price\nA|x,y|1,50')).toEqual([['A', 'x,y', '1,50']]);
    expect(cellsOf('Artikel;Preis\nTasse;12,50\nTeller;3,00')[0]).toEqual(['Tasse', '12,50']);
  });

  test('may say in its first line what separates, which is no row of it', () => {
    expect(parse('sep=;\r\nsku;name\r\nA;x,y')).toEqual({
      header: ['sku', 'name'],
      rows: [{ line: 3, cells: ['A', 'x,y'], isBroken: false }],
    });
  });

  test('may have a title before the line that names its columns', () => {
    const text = 'Price list, spring; all shops\n\nNombre;Referencia;Precio\nTaza;A-1;12,50';
    expect(parse(text)).toEqual({
      header: ['Nombre', 'Referencia', 'Precio'],
      rows: [{ line: 4, cells: ['Taza', 'A-1', '12,50'], isBroken: false }],
    });
    expect(parse('Stock report\nArtikel,Text,Preis\n1,Tasse,2').header).toEqual([
      'Artikel',
      'Text',
      'Preis',
    ]);
  });

  test('may be empty, or have a quote that never ends', () => {
    expect(parse('')).toEqual({ header: [], rows: [] });
    expect(parse('sku,name\nA,x\nB,"open\nC,y').rows.map((row) => row.isBroken)).toEqual([
      false,
      true,
    ]);
    expect(parse('sku,name\nA,"Pipe 5" long"\nB,Pipe 5" long').rows).toEqual([
      { line: 2, cells: ['A', 'Pipe 5" long'], isBroken: true },
      { line: 3, cells: ['B', 'Pipe 5" long'], isBroken: false },
    ]);
  });

  test('is read back as it was written, and no cell of it is a formula to a spreadsheet', () => {
    const formulas = ['=1+1', '-5', '@x', '+1', "'=x", "''+y", '\tx', '＝1'];
    const others = ["'quoted", 'a "quote"', 'x,y;z', 'a|b', 'two\nlines', '', '  blanks ', '007'];
    const cells = [...formulas, ...others, "'"];
    const text = writeCsv([['sku', 'name'], ...cells.map((cell, at) => [`S${at}`, cell])]);
    for (const [, cell = ''] of cellsOf(text)) expect(cell).not.toMatch(/^[=+\-@\t\r＝]/);
    expect(cellsOf(text).map(([, cell = '']) => uncloak(cell))).toEqual(cells);
    expect(cells.map((cell) => uncloak(cloak(cell)))).toEqual(cells);
  });
});

describe('text', () => {
  const bytes = (...values: number[]) => new Uint8Array(values).buffer;
  const utf8 = (text: string) => [...new TextEncoder().encode(text)];

  test('is read in the encoding that a spreadsheet has saved it in', () => {
    expect(decodeText(bytes(...utf8('Jarrón')))).toBe('Jarrón');
    expect(decodeText(bytes(0x4a, 0xf3)), 'Windows').toBe('Jó');
    expect(decodeText(bytes(0xff, 0xfe, 0x4a, 0, 0xf3, 0)), 'UTF-16').toBe('Jó');
    expect(decodeText(bytes(0xfe, 0xff, 0, 0x4a, 0, 0xf3))).toBe('Jó');
    expect(decodeText(bytes())).toBe('');
  });

  test('of which one byte is wrong stays what it is elsewhere', () => {
    const file = [...utf8('sku,name\nA,Jarrón azul\nB,Ca'), 0xf1, ...utf8('a\nC,Tazón\n')];
    expect(decodeText(bytes(...file))).toBe('sku,name\nA,Jarrón azul\nB,Ca\uFFFDa\nC,Tazón\n');
    const windows = [0x4a, 0xf3, 0x0a, 0xe9, 0x0a, 0xf1, 0x0a, 0xfc];
    expect(decodeText(bytes(...windows)), 'Windows').toBe('Jó\né\nñ\nü');
  });

  test('of HTML keeps its lines and loses its tags', () => {
    const html = '<p>Caf&eacute; &amp; t&#233;</p>\n<ul><li>350&nbsp;ml</li><li>2 &lt; 3</li></ul>';
    expect(htmlText(html)).toBe('Café & té\n350\u00A0ml\n2 < 3');
    expect(htmlText('5 < 6 and a\nline')).toBe('5 < 6 and a\nline');
    expect(htmlText('<script>alert(1)</script>x')).toBe('x');
  });
});
