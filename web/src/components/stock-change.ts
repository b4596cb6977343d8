/** What a person does to a stock by hand. */
export type StockChange = 'receive' | 'adjust' | 'count' | 'threshold';
