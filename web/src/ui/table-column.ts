/** A column of a table. Its cells are the slot of its key. */
export interface TableColumn {
  readonly key: string;
  readonly label: string;
  /** Only screen readers are told the label. */
  readonly hasHiddenLabel?: boolean;
  readonly align?: 'end';
  /** Not there on narrower screens. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl';
  /** The field that a click on its heading sorts by. */
  readonly sort?: string;
  /** Of its cells. */
  readonly class?: string;
}
